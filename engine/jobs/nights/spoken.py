"""Who spoke first where and when: the voices of the latest stories as parallel arrays."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.disk.layout import Layout
from engine.domain import UNDATED, Keys, Seconds, Story
from engine.jobs.base.scope import Ground
from engine.jobs.lookup.learnt import base_families
from engine.origins.families import Families
from engine.origins.voices import story_voices
from engine.same_event.window import SECONDS_OF_A_DAY

MOST_STORIES = 10_000
"""Stories that are compared, the latest: a share of 5 % of them is known to 0.4 points (95 %
confidence), and a night takes no longer as a base grows."""

LATE = int(SECONDS_OF_A_DAY)
"""Seconds by which a new article may be older than what came before it and still tell of tonight:
a day, as a date without an hour is the first second of its day."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The first report of each voice in each of some stories, and all articles.

    Attributes
    ----------
    stories
        Those in which a voice spoke at a known time.
    numbers, times, languages, fresh
        Of each report, (n,), by story, time and language: place of its story in `stories`, when
        it came, its language, and whether it came tonight and is no older than that.
    clock, clock_languages
        Times of all articles, ascending, and the language of each.
    """

    stories: Sequence[Story]
    numbers: npt.NDArray[np.int64]
    times: Seconds
    languages: npt.NDArray[np.str_]
    fresh: npt.NDArray[np.bool_]
    clock: Seconds
    clock_languages: npt.NDArray[np.str_]

    @property
    def now(self) -> int:
        """When the latest article came, in seconds since 1970."""
        return int(self.clock[-1])

    @property
    def firsts(self) -> npt.NDArray[np.int64]:
        """Int64, (n_stories,): the first report of each story."""
        return np.searchsorted(self.numbers, np.arange(len(self.stories)))

    @property
    def last(self) -> Seconds:
        """When the last voice of each story spoke, (n_stories,)."""
        return Seconds(self.times[np.append(self.firsts[1:], len(self.times)) - 1])


_Report: TypeAlias = tuple[int, str, bool]
"""When an article came, its language, and whether it is fresh: the earliest is the smallest."""


def first_reports(ground: Ground, stories: Sequence[Story]) -> Spoken | None:
    """Return who spoke first where and when; None where no article has a time.

    Parameters
    ----------
    ground
        What the run goes on from, and its articles: those that came since are new.
    stories
        What the run makes of them. Those described before origins were kept are left out.
    """
    articles = _believable(ground)
    if not len(articles.keys):
        return None
    families = base_families(Layout(ground.corpus.path.parent))
    dated = [story for story in stories if story.origins and story.ended is not None]
    dated.sort(key=lambda story: (story.ended, story.id))
    latest = dated[-MOST_STORIES:]
    keys = ground.keys_of([id_ for one in latest for id_ in one.article_ids])
    by_id = articles.reports(keys)
    spoken, reports = list[Story](), list[tuple[int, *_Report]]()
    for story in latest:
        own = _firsts(story, families, by_id)
        reports += [(len(spoken), *report) for report in own]
        spoken += [story] if own else []
    order = np.lexsort((articles.languages, articles.times))
    return Spoken(
        stories=spoken,
        numbers=np.array([report[0] for report in reports], np.int64),
        times=Seconds(np.array([report[1] for report in reports], np.int64)),
        languages=np.array([report[2] for report in reports], np.str_),
        fresh=np.array([report[3] for report in reports], np.bool_),
        clock=Seconds(articles.times[order]),
        clock_languages=articles.languages[order],
    )


@dataclass(frozen=True, slots=True)
class _Articles:
    """Articles that have a time, (n,) each, by ascending key."""

    keys: Keys
    times: Seconds
    languages: npt.NDArray[np.str_]
    fresh: npt.NDArray[np.bool_]

    def reports(self, keys: Mapping[str, int]) -> dict[str, _Report]:
        """Return those of some ids that are among them, by id; `keys` has the key of each."""
        asked = np.fromiter(keys.values(), np.int64, len(keys))
        places = np.minimum(np.searchsorted(self.keys, asked), len(self.keys) - 1)
        there = self.keys[places] == asked
        places = places[there]
        columns = self.times[places], self.languages[places], self.fresh[places]
        found = zip(*(column.tolist() for column in columns), strict=True)
        return dict(zip(compress(keys, there.tolist()), found, strict=True))


def _believable(ground: Ground) -> _Articles:
    """Return the articles that have a time, and were not published after they were read."""
    corpus = ground.corpus
    keys, published, fetched = corpus.articles.times()
    known = (published != UNDATED) & (published <= fetched)
    before = corpus.history.run(ground.run)
    old = known & (keys <= (0 if before is None else before.last_article))
    latest = published[old if old.any() else known]
    fresh = known & ~old
    if len(latest):
        fresh &= published >= latest.max() - LATE
    languages = corpus.articles.languages_by_key()[known]
    return _Articles(Keys(keys[known]), Seconds(published[known]), languages, fresh[known])


def _firsts(story: Story, families: Families, by_id: Mapping[str, _Report]) -> list[_Report]:
    """Return time, language and freshness of the first report of each voice, in order."""
    first: dict[str, _Report] = {}
    for id_, voice in zip(story.article_ids, story_voices(story, families), strict=True):
        report = by_id.get(id_) if voice else None
        if report is not None and (voice not in first or report < first[voice]):
            first[voice] = report
    return sorted(first.values())
