"""What a desk does with stories: looks at their past and corrects them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from engine.disk.layout import Layout
from engine.domain import Article
from engine.generations.generation import open_live
from engine.jobs.answers import PairLabel, read_labels
from engine.jobs.calibrate import CalibrationReport, calibrate, doubtful_pairs
from engine.jobs.correct import (
    Corrected,
    correction_labels,
    merge_stories,
    move_article,
    pin_article,
    split_story,
)
from engine.jobs.history import RunDifference, StoryHistory, run_difference, story_history
from engine.jobs.undo import InForce, corrections_in_force, undo_correction
from engine.store import Corpus


class Desk:
    """The past of a base's stories, and a person's say in their future.

    Parameters
    ----------
    layout
        The base.
    changed
        Called after a correction was published.
    """

    def __init__(self, layout: Layout, *, changed: Callable[[], None]) -> None:
        self._layout = layout
        self._changed = changed

    def history(self, story: str) -> StoryHistory:
        """Return the life of a story; see `engine.jobs.history.story_history`."""
        with self._reading() as (corpus, live):
            return story_history(corpus, live, story)

    def difference(self, earlier: int, later: int) -> RunDifference:
        """Return what changed between two runs; see `stories.history.run_difference`."""
        with self._reading() as (corpus, live):
            return run_difference(corpus, live, earlier, later)

    def merge(self, stories: Sequence[str]) -> Corrected:
        """Make one story of several; see `engine.jobs.correct.merge_stories`."""
        return self._done(merge_stories(self._layout, stories))

    def split(self, story: str, articles: Sequence[str]) -> Corrected:
        """Take articles out of a story; see `engine.jobs.correct.split_story`."""
        return self._done(split_story(self._layout, story, articles))

    def move(self, article: str, story: str) -> Corrected:
        """Put an article into a story; see `engine.jobs.correct.move_article`."""
        return self._done(move_article(self._layout, article, story))

    def pin(self, article: str) -> Corrected:
        """Keep an article in its story; see `engine.jobs.correct.pin_article`."""
        return self._done(pin_article(self._layout, article))

    def undo(self, run: int) -> Corrected:
        """Take back a correction; see `engine.jobs.undo.undo_correction`."""
        return self._done(undo_correction(self._layout, run))

    def corrections(self) -> list[InForce]:
        """Return the corrections that are in force, oldest first."""
        with self._reading() as (corpus, live):
            return corrections_in_force(corpus, live)

    def labels(self) -> list[PairLabel]:
        """Return the corrections as labelled pairs of articles."""
        with self._reading() as (corpus, live):
            return list(correction_labels(corpus, live))

    def answers(self) -> list[PairLabel]:
        """Return what people said of pairs: the answers to `engine label`, then corrections."""
        kept = self._layout.answers
        return [*(read_labels(kept) if kept.exists() else ()), *self.labels()]

    def calibrate(self, labels: Sequence[PairLabel] | None = None) -> CalibrationReport:
        """Learn from labels, or from all `answers`; see `stories.learning.calibrate`."""
        return calibrate(self._layout, self.answers() if labels is None else labels)

    def doubtful(self, n_pairs: int) -> Iterator[tuple[Article, Article]]:
        """Yield pairs worth judging, none that was; see `stories.learning.doubtful_pairs`."""
        return doubtful_pairs(self._layout, n_pairs, answered=self.answers())

    def _done(self, corrected: Corrected) -> Corrected:
        self._changed()
        return corrected

    @contextmanager
    def _reading(self) -> Iterator[tuple[Corpus, int]]:
        """Give the corpus and the run that is live."""
        with Corpus(self._layout.corpus) as corpus:
            yield corpus, open_live(self._layout).manifest.run
