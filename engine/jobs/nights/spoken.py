"""Who spoke first where and when: the voices of the latest stories as parallel arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engine.disk.layout import Layout
from engine.domain import UNDATED, Keys, Seconds, Story
from engine.jobs.base.scope import Ground
from engine.jobs.lookup.learnt import base_families
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
    voices = [voice for story in latest for voice in story_voices(story, families)]
    numbers = np.repeat(np.arange(len(latest)), [len(story.article_ids) for story in latest])
    numbers, places = _firsts(articles, keys, numbers, voices)
    heard, numbers = np.unique(numbers, return_inverse=True)
    order = np.lexsort((articles.languages, articles.times))
    return Spoken(
        stories=[latest[number] for number in heard.tolist()],
        numbers=numbers.astype(np.int64),
        times=Seconds(articles.times[places]),
        languages=articles.languages[places],
        fresh=articles.fresh[places],
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


def _firsts(
    articles: _Articles, keys: Keys, numbers: npt.NDArray[np.int64], voices: Sequence[str]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Return story and article of the first report of each voice in each story.

    Parameters
    ----------
    articles
        Those that have a time.
    keys, numbers, voices
        Of each article of a story, (n,): its key, its story, and who speaks in it, or empty.

    Returns
    -------
    numbers, places
        Int64, (n_reports,): the story, and a place in `articles`; by story, time and language.
    """
    code_of = {voice: code for code, voice in enumerate(dict.fromkeys(voices))}
    codes = np.fromiter((code_of[voice] if voice else -1 for voice in voices), np.int64, len(keys))
    places = np.minimum(np.searchsorted(articles.keys, keys), len(articles.keys) - 1)
    said = (articles.keys[places] == keys) & (codes >= 0)
    numbers, codes, places = numbers[said], codes[said], places[said]
    in_time = articles.fresh[places], articles.languages[places], articles.times[places]
    order = np.lexsort((*in_time, numbers))
    pairs = numbers[order] * (len(code_of) + 1) + codes[order]
    order = order[np.sort(np.unique(pairs, return_index=True)[1])]  # the first of each voice
    return numbers[order], places[order]
