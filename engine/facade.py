"""The engine's verbs on one base: what `engine.open` returns."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from engine.disk.layout import Layout
from engine.disk.lock import WriteLock, writing
from engine.domain import Article, EncoderSpec, Reject, Story
from engine.errors import ClosedError, InputError, NotFoundError
from engine.evaluation.evaluate import evaluate
from engine.evaluation.scores import Evaluation
from engine.generations.archive import import_archive
from engine.generations.upkeep import GenerationEntry, list_generations, prune, rollback
from engine.jobs.answers import PairLabel, read_labels
from engine.jobs.calibrate import CalibrationReport, calibrate, doubtful_pairs
from engine.jobs.clean import (
    NO_FURNITURE,
    CleanedArticle,
    clean_inputs,
    cut_lines,
    repeated_by_source,
    restore_lines,
)
from engine.jobs.cluster import ClusterReport, cluster
from engine.jobs.copying import export_base, rehearsal
from engine.jobs.correct import (
    Corrected,
    InForce,
    correction_labels,
    corrections_in_force,
    merge_stories,
    move_article,
    pin_article,
    split_story,
    undo_correction,
)
from engine.jobs.explain import PairWhy, Why, why, why_pair
from engine.jobs.forget import Certificate, Selection, forget
from engine.jobs.history import (
    RunDifference,
    StoryHistory,
    day_counts,
    run_difference,
    story_history,
)
from engine.jobs.ingest import IngestReport, ingest
from engine.jobs.intake import PLAIN, Intake
from engine.jobs.listing import ALL, StoryFilter, listed_stories
from engine.jobs.nightly import KEPT_GENERATIONS, WINDOW, NightlyReport, nightly
from engine.jobs.query import Query, query_article
from engine.jobs.ranking import EVENT
from engine.jobs.rebuild import RebuildReport, rebuild
from engine.jobs.replay import STEP, ReplayReport, replay
from engine.jobs.search import Hit, Wanted, embed_queries, find_similar, stored_queries
from engine.jobs.session import SHIPPED, Reader, Setup, Writer
from engine.jobs.showing import ShownArticle, show_article
from engine.jobs.stages import OtherEvents, other_events
from engine.jobs.status import Status, status, verify_base
from engine.reports.briefing import Briefing, brief
from engine.store import ArticleFilter


class Base:
    """One base of articles.

    A base opens the live generation when it first reads and keeps it, so that all answers
    agree, until it writes itself or `refresh` is called. Many threads may use it at once.
    Use it as a context manager, or call `close`.

    Parameters
    ----------
    folder
        Where the base lies; made by the first ingest.
    setup
        What varies.

    Examples
    --------
    >>> import engine
    >>> with engine.open("indexes") as base:  # doctest: +SKIP
    ...     base.ingest("feeds/")
    ...     base.rebuild()
    ...     hits = base.similar("a soldier surrendered to a drone near Bakhmut")
    """

    def __init__(self, folder: str | Path, setup: Setup = SHIPPED) -> None:
        self.layout = Layout(Path(folder))
        self.setup = setup
        self._reader: Reader | None = None
        self._closed = False
        self._lock = threading.RLock()

    @property
    def reader(self) -> Reader:
        """The base as this object sees it: hold it for answers that must agree.

        Raises
        ------
        NotFoundError
            Nothing was ingested yet.
        ClosedError
            The base was closed.
        """
        with self._lock:
            self._expect_open()
            if self._reader is None:
                self._reader = Reader.open(self.layout, self.setup)
            return self._reader

    def refresh(self) -> None:
        """Read from the generation that is live now."""
        with self._lock:
            if self._reader is not None:
                self._reader = self._reader.follow()

    def close(self) -> None:
        """Close the base; safe to call twice."""
        with self._lock:
            self._closed = True
            if self._reader is not None:
                self._reader.close()

    def _expect_open(self) -> None:
        if self._closed:
            raise ClosedError(f"{self.layout.root} was closed; open it again with engine.open")

    @contextmanager
    def _writing(self, command: str, *, create: bool = False) -> Iterator[Writer]:
        """Give a writer, and read what it published afterwards."""
        self._expect_open()
        opened = Writer.open(self.layout, command=command, setup=self.setup, create=create)
        try:
            with opened as writer:
                yield writer
        finally:
            self.refresh()

    def __enter__(self) -> Self:
        """Return the base itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the base."""
        self.close()

    # Taking in and building

    def ingest(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
    ) -> IngestReport:
        """Read, clean and store articles; see `engine.jobs.ingest.ingest`."""
        with self._writing("ingest", create=True) as writer:
            return ingest(writer, _several(paths), stdin=stdin, intake=intake)

    def clean(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
    ) -> Iterator[CleanedArticle | Reject]:
        """Yield what cleaning cuts; see `engine.jobs.clean.clean_inputs`."""
        lines = NO_FURNITURE
        if self.layout.corpus.exists():
            lines = self.reader.corpus.furniture.by_source()
        return clean_inputs(
            _several(paths), stdin=stdin, intake=intake, furniture=lines, setup=self.setup
        )

    def repeated(self, source: str) -> list[str]:
        """Return lines that an outlet repeats; see `engine.jobs.clean`."""
        return repeated_by_source(self.reader.corpus, source)

    def cut_lines(self, source: str, lines: Sequence[str]) -> int:
        """Cut lines of an outlet; see `engine.jobs.clean.cut_lines`."""
        with self._writing("clean") as writer:
            return cut_lines(writer, source, lines)

    def restore_lines(self, source: str) -> int:
        """Put cut lines back; see `engine.jobs.clean.restore_lines`."""
        with self._writing("clean") as writer:
            return restore_lines(writer, source)

    def rebuild(
        self, *, spec: EncoderSpec | None = None, recall: float | None = None
    ) -> RebuildReport:
        """Embed what is new and publish; see `engine.jobs.rebuild.rebuild`."""
        self._expect_open()
        report = rebuild(self.layout, self.setup, spec=spec, recall=recall)
        self.refresh()
        return report

    def forget(self, selection: Selection) -> Certificate:
        """Delete articles for good; see `engine.jobs.forget.forget`."""
        with self._writing("forget") as writer:
            return forget(writer, selection)

    # Searching

    def query(
        self,
        text: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - as the command line says it
        file: Path | None = None,
        stdin: BinaryIO | None = None,
    ) -> Query:
        """Return what to search for, from a text, a stored article or a file (- is `stdin`).

        Raises
        ------
        InputError
            Not exactly one of the three is given, or nothing is left after cleaning.
        NotFoundError
            No such article is indexed.
        """
        if sum(value is not None for value in (text, id, file)) != 1:
            raise InputError("expected exactly one of a text, an id and a file to search for")
        if id is not None:
            return stored_queries(self.reader, [id])[0]
        article = query_article(
            text, file, stdin=stdin, fetched=self.setup.clock().replace(microsecond=0)
        )
        return embed_queries(self.reader, [article])[0]

    def similar(
        self,
        query: Query | str,
        *,
        k: int = 10,
        which: ArticleFilter | None = None,
        minimum: float | None = None,
        fold: bool = True,
        mode: str = EVENT,
    ) -> list[Hit]:
        """Return related articles, best first; see `engine.jobs.search.Wanted`."""
        if isinstance(query, str):
            query = self.query(query)
        wanted = Wanted(k, which, minimum, fold, mode)
        return find_similar(self.reader, [query], wanted)[0]

    def similar_to_each(
        self,
        queries: Sequence[Query | str],
        *,
        k: int = 10,
        which: ArticleFilter | None = None,
        minimum: float | None = None,
        fold: bool = True,
        mode: str = EVENT,
    ) -> list[list[Hit]]:
        """Return the related articles of each query, as `similar` does, all at once.

        The texts are encoded together and found by one search, which takes a fraction of
        the time of asking one by one.
        """
        reader, now = self.reader, self.setup.clock().replace(microsecond=0)
        texts = {
            place: query_article(query, None, fetched=now)
            for place, query in enumerate(queries)
            if isinstance(query, str)
        }
        embedded = dict(zip(texts, embed_queries(reader, list(texts.values())), strict=True))
        asked = [
            query if isinstance(query, Query) else embedded[place]
            for place, query in enumerate(queries)
        ]
        return find_similar(reader, asked, Wanted(k, which, minimum, fold, mode))

    def why(self, query: Query, hits: Sequence[Hit]) -> list[Why]:
        """Explain each of `hits`; see `engine.jobs.explain.why`."""
        return why(self.reader, query, hits)

    def why_pair(self, first: str, second: str) -> PairWhy:
        """Explain two articles by their ids; see `engine.jobs.explain.why_pair`."""
        return why_pair(self.reader, first, second)

    def show(self, id: str) -> ShownArticle:  # noqa: A002 - as the command line says it
        """Return an article and what is known of it; see `engine.jobs.showing.show_article`."""
        return show_article(self.reader, id)

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles that exist among `ids`, by id."""
        return self.reader.articles(ids)

    # Stories

    def cluster(
        self, *, window: timedelta | None = None, granularity: str | float | None = None
    ) -> ClusterReport:
        """Group articles into stories; see `engine.jobs.cluster.cluster`."""
        with self._writing("cluster") as writer:
            return cluster(writer, window=window, granularity=granularity)

    def nightly(
        self,
        paths: str | Path | Sequence[str | Path] = (),
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
        spec: EncoderSpec | None = None,
        window: timedelta = WINDOW,
        keep: int = KEPT_GENERATIONS,
        granularity: str | float | None = None,
    ) -> NightlyReport:
        """Do the night's work in one run; see `engine.jobs.nightly.nightly`."""
        with self._writing("nightly", create=True) as writer:
            return nightly(
                writer,
                _several(paths),
                stdin=stdin,
                intake=intake,
                spec=spec,
                window=window,
                keep=keep,
                granularity=granularity,
            )

    @contextmanager
    def rehearsal(self) -> Iterator[Base]:
        """Give a copy of this base to try things on; see `engine.jobs.copying`."""
        self._expect_open()
        with rehearsal(self.layout) as copy, Base(copy.root, self.setup) as base:
            yield base

    def briefing(self, report: NightlyReport | None = None) -> Briefing:
        """Return what to know of the live run, and what `report` adds to it."""
        return brief(self.reader, report)

    def stories(self, which: StoryFilter = ALL) -> list[Story]:
        """Return the stories of the live generation; see `engine.jobs.listing`."""
        return listed_stories(self.reader, which)

    def story(self, id: str) -> Story:  # noqa: A002 - as the command line says it
        """Return one story; the id of one that was merged leads to the survivor.

        Raises
        ------
        NotFoundError
            The live generation has no story of that id.
        """
        reader = self.reader
        survivor = reader.corpus.history.survivor(id, reader.run)
        for story in reader.generation.stories():
            if story.id == survivor:
                return story
        raise NotFoundError(f"there is no story with id {id!r}; see 'engine stories list'")

    def days(self, stories: Sequence[Story]) -> list[dict[str, int]]:
        """Return the articles a day of each story; see `engine.jobs.history`."""
        return day_counts(self.reader, stories)

    def other_events(self, story: Story) -> OtherEvents:
        """Return other stages of the matter of `story`; see `engine.jobs.stages`."""
        return other_events(self.reader, story)

    # What a person says of stories, and their past

    def history(self, story: str) -> StoryHistory:
        """Return the life of a story; see `engine.jobs.history.story_history`."""
        return story_history(self.reader, story)

    def difference(self, earlier: int, later: int) -> RunDifference:
        """Return what changed between two runs; see `engine.jobs.history.run_difference`."""
        return run_difference(self.reader, earlier, later)

    def merge(self, stories: Sequence[str]) -> Corrected:
        """Make one story of several; see `engine.jobs.correct.merge_stories`."""
        with self._writing("stories merge") as writer:
            return merge_stories(writer, stories)

    def split(self, story: str, articles: Sequence[str]) -> Corrected:
        """Take articles out of a story; see `engine.jobs.correct.split_story`."""
        with self._writing("stories split") as writer:
            return split_story(writer, story, articles)

    def move(self, article: str, story: str) -> Corrected:
        """Put an article into a story; see `engine.jobs.correct.move_article`."""
        with self._writing("stories move") as writer:
            return move_article(writer, article, story)

    def pin(self, article: str) -> Corrected:
        """Keep an article in its story; see `engine.jobs.correct.pin_article`."""
        with self._writing("stories pin") as writer:
            return pin_article(writer, article)

    def undo(self, run: int) -> Corrected:
        """Take back a correction; see `engine.jobs.correct.undo_correction`."""
        with self._writing("stories undo") as writer:
            return undo_correction(writer, run)

    def corrections(self) -> list[InForce]:
        """Return the corrections that are in force, oldest first."""
        return corrections_in_force(self.reader)

    def labels(self) -> list[PairLabel]:
        """Return the corrections as labelled pairs of articles."""
        return list(correction_labels(self.reader))

    def answers(self) -> list[PairLabel]:
        """Return what people said of pairs: the answers to `engine label`, then corrections."""
        kept = self.layout.answers
        return [*(read_labels(kept) if kept.exists() else ()), *self.labels()]

    def calibrate(self, labels: Sequence[PairLabel] | None = None) -> CalibrationReport:
        """Learn from labels, or from all `answers`; see `engine.jobs.calibrate.calibrate`."""
        known = self.answers() if labels is None else labels
        with self._writing("calibrate") as writer:
            return calibrate(writer, known)

    def doubtful(self, n_pairs: int) -> Iterator[tuple[Article, Article]]:
        """Yield pairs worth judging, none that was; see `engine.jobs.calibrate.doubtful_pairs`."""
        return doubtful_pairs(self.reader, n_pairs, answered=self.answers())

    # Measuring

    def evaluate(
        self,
        gold: Path,
        *,
        spec: EncoderSpec | None = None,
        granularity: str | float = 0.0,
        peers: bool = True,
    ) -> Evaluation:
        """Score the engine on labelled articles; see `engine.evaluation.evaluate.evaluate`."""
        return evaluate(
            gold,
            folder=self.layout.evaluations,
            setup=self.setup,
            spec=spec,
            granularity=granularity,
            peers=peers,
        )

    def replay(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        step: timedelta = STEP,
        window: timedelta = WINDOW,
        spec: EncoderSpec | None = None,
    ) -> ReplayReport:
        """Take articles in night by night elsewhere; see `engine.jobs.replay.replay`."""
        return replay(self.layout, _several(paths), self.setup, step=step, window=window, spec=spec)

    # Keeping

    def status(self) -> Status:
        """Return what the base holds; see `engine.jobs.status.status`."""
        return status(self.reader)

    def sources(self) -> dict[str, int]:
        """Return the number of articles of each outlet, most first."""
        return self.reader.corpus.articles.counts_by_source()

    def verify(self) -> list[str]:
        """Read everything through; return what is wrong, one sentence each."""
        return verify_base(self.layout, self.setup)

    def generations(self) -> list[GenerationEntry]:
        """Return all generations, oldest first."""
        return list_generations(self.layout)

    def rollback(self, name: str | None = None) -> str:
        """Make an earlier generation live and return its name.

        The ledger goes back to the run that made its stories; see
        `engine.generations.upkeep.rollback`.
        """
        if not self.layout.corpus.exists():
            with self._locked("rollback") as lock:
                return rollback(lock, name).name
        with self._writing("rollback") as writer:
            writer.recover()
            generation = rollback(writer.lock, name)
            writer.recover()
            return generation.name

    def export(self, target: Path) -> str:
        """Write the base to one file; see `engine.jobs.copying.export_base`."""
        with self._writing("export") as writer:
            return export_base(writer, target)

    def import_from(self, source: Path) -> str:
        """Fill this base, which must be empty, from an exported file; return the generation."""
        with self._locked("import") as lock:
            return import_archive(lock, source).name

    def prune(self, *, keep: int) -> list[str]:
        """Delete old generations but the newest `keep`; return the names of the deleted."""
        with self._locked("prune") as lock:
            return prune(lock, keep=keep)

    def _locked(self, command: str) -> AbstractContextManager[WriteLock]:
        self._expect_open()
        return writing(self.layout, command=command)


def _several(paths: str | Path | Sequence[str | Path]) -> Sequence[str | Path]:
    """Return the paths; a string is one path, not its letters."""
    return [paths] if isinstance(paths, str | Path) else paths
