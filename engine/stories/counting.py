"""The words of many stories, counted at once.

Most stories have a few articles: to ask anything of the words of one takes longer than to count
them, so it is asked of those of some hundred stories together.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.bags import Bags, numbered
from engine.same_event.pairs import sorted_unique
from engine.stories.background import Background

LEAST_LIFT = 4.0
"""How much more often a story has a term than other articles of its languages do, at least:
weekdays, and the country that everything is about, mostly stay below. Of the names of the 505
stories of roundups_2021, 13 % are days and months at 3, 6 % at 4 (where 41 stories have no
name) and 4 % at 5 (135)."""

FEWEST_VOICES = 2
"""Voices that have a word of which one is enough to be told by accident."""

Shares = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Spoken:
    """The languages of stories.

    Attributes
    ----------
    languages
        Those of each story, in the order of its articles.
    numbers, sizes
        Int64, (n_languages, n_stories): the number that the background gives the first, the second
        and so on, and how many articles are in it; none where a story has fewer.
    places
        Int64, (n_rows,): which of those of its story each article is in.
    """

    languages: Sequence[Sequence[str]]
    numbers: Numbers
    sizes: Numbers
    places: Numbers

    @classmethod
    def of(cls, background: Background, spoken: Sequence[Sequence[str]]) -> Spoken:
        """Tell those of stories by what the articles of each are `spoken` in."""
        languages = [list(dict.fromkeys(own)) for own in spoken]
        shape = max(map(len, languages)), len(spoken)
        numbers, sizes = np.zeros(shape, np.int64), np.zeros(shape, np.int64)
        places: list[int] = []
        for story, (found, own) in enumerate(zip(languages, spoken, strict=True)):
            place = {language: number for number, language in enumerate(found)}
            of_own = [place[language] for language in own]
            places += of_own
            numbers[: len(found), story] = [background.languages[each] for each in found]
            sizes[: len(found), story] = np.bincount(of_own)
        return cls(languages, numbers, sizes, np.array(places, np.int64))


@dataclass(frozen=True, slots=True)
class Voices:
    """By whom the articles of stories are said.

    An outlet repeats itself, so it counts once. Where nothing but one outlet of a story is known,
    its articles are told apart after all.

    Attributes
    ----------
    of_rows
        Int64, (n_rows,): the voice of each article.
    n_voices
        Int64, (n_stories,).
    """

    of_rows: Numbers
    n_voices: Numbers

    @classmethod
    def of(cls, sources: Sequence[str], sizes: Numbers) -> Voices:
        """Tell those of stories of some `sizes` by the `sources` of their articles."""
        n_rows = len(sources)
        alone = n_rows + np.arange(n_rows)
        known = np.array([bool(source) for source in sources], np.bool_)
        named = np.where(known, numbered(sources), alone)
        story = np.repeat(np.arange(len(sizes)), sizes)
        pairs = sorted_unique(story * 2 * n_rows + named)
        n_voices = np.bincount(pairs // (2 * n_rows), minlength=len(sizes))
        one = n_voices == 1
        return cls(np.where(one[story], alone, named), np.where(one, sizes, n_voices))


class Counted:
    """The words of some stories.

    Parameters
    ----------
    background
        What is usual.
    languages, sources, read
        Of each article, and its words in the order of `background`.
    stories
        The rows of each, at least one story of at least one.

    Attributes
    ----------
    background, stories
        These.
    spoken, voices
        The languages of their articles, and by whom they are said.
    firsts, ends
        Where the articles, and the words, of each story begin, and at last where those of all end,
        (n_stories + 1,).
    words
        Their places in the background, ascending in each story, (n_words,).
    inside
        Int64, (n_languages, n_words): in how many articles in each language of its story each is.
    said, starts
        The voices of the articles that have each word, and where those of each begin.
    """

    def __init__(
        self,
        background: Background,
        languages: Sequence[str],
        sources: Sequence[str],
        read: Bags,
        stories: Sequence[Rows],
    ) -> None:
        """Count the words of `stories`."""
        self.background, self.stories = background, stories
        every = [own.tolist() for own in stories]
        rows, self._sizes = Rows(np.concatenate(stories)), np.array(list(map(len, every)))
        self.spoken = Spoken.of(background, [[languages[row] for row in own] for own in every])
        self.voices = Voices.of([sources[row] for own in every for row in own], self._sizes)
        n_words, own = max(1, len(background.words)), read.take(rows)
        keys = np.repeat(np.arange(len(every)), self._sizes)[own.rows] * n_words + own.columns
        keys, at = np.divmod(np.sort(keys * len(rows) + own.rows), len(rows))
        new = np.append(True, keys[1:] != keys[:-1])[: len(keys)]
        self._story, self._columns = np.divmod(keys[new], n_words)
        self.words = self._columns.tolist()
        self.ends = np.searchsorted(self._story, np.arange(len(every) + 1)).tolist()
        self.firsts = np.append(0, np.cumsum(self._sizes)).tolist()
        self._word = np.cumsum(new) - 1
        self.said = self.voices.of_rows[at]
        self.starts = np.append(np.flatnonzero(new), len(keys)).tolist()
        cells = self.spoken.places[at] * len(self.words) + self._word
        n_languages = len(self.spoken.numbers)
        inside = np.bincount(cells, minlength=n_languages * len(self.words))
        self.inside = inside.reshape(n_languages, -1)

    @cached_property
    def n_voices(self) -> Numbers:
        """How many voices have each word, (n_words,)."""
        n_every = 1 + int(self.voices.of_rows.max())
        pairs = sorted_unique(self._word * n_every + self.said)
        return np.bincount(pairs // n_every, minlength=len(self.words))

    @cached_property
    def usual(self) -> Shares:
        """What `usually` says of each word, (n_languages, n_words)."""
        return self.usually(self._story, self._columns, self.inside)

    @cached_property
    def lifts(self) -> Shares:
        """How many times as many voices have each word as usual, or would if enough did.

        Half a voice is added to both.
        """
        total = np.zeros(len(self.words))
        for part in self.usual:  # from the top, as `Contrast.weight` adds one by one
            total += part
        usual = np.minimum(1.0, total / self._sizes[self._story])
        usual *= self.voices.n_voices[self._story]
        found: Shares = (np.maximum(self.n_voices, FEWEST_VOICES) + 0.5) / (usual + 0.5)
        return found

    @cached_property
    def telling(self) -> list[list[int]]:
        """The places of the words that tell each story and that enough of its voices have."""
        return self._by_story((self.n_voices >= FEWEST_VOICES) & (self.lifts >= LEAST_LIFT))

    @cached_property
    def joining(self) -> list[list[int]]:
        """Those in scripts that join little words to others."""
        return self._by_story(self.background.joining[self._columns])

    def _by_story(self, wanted: Flags) -> list[list[int]]:
        places = np.flatnonzero(wanted)
        ends, found = np.searchsorted(places, self.ends).tolist(), places.tolist()
        return [found[begin:end] for begin, end in pairwise(ends)]

    def place(self, story: int, word: int) -> int | None:
        """Return the place of a word, by its place in the background, should a story have it."""
        end = self.ends[story + 1]
        at = bisect_left(self.words, word, self.ends[story], end)
        return at if at < end and self.words[at] == word else None

    def usually(self, story: Numbers, words: Numbers, inside: Numbers) -> Shares:
        """Return in how many articles of each language words would be if they were as usual.

        Where a language has few other articles, the share among all stands in.

        Parameters
        ----------
        story, words, inside
            The story of each, (n_words,), its place in the background, and in how many articles of
            the story in each of its languages it is, (n_languages, n_words).

        Returns
        -------
        numpy.ndarray
            Float64, (n_languages, n_words).
        """
        background = self.background
        n_others = np.maximum(1, len(background) - self._sizes[story])
        overall = (background.in_all[words] - inside.sum(axis=0)) / n_others
        shares = np.empty(inside.shape)
        for place, (numbers, sizes) in enumerate(
            zip(self.spoken.numbers, self.spoken.sizes, strict=True)
        ):
            number, size = numbers[story], sizes[story]
            count = background.counts[number, words] - inside[place]
            share = (count + overall) / (background.sizes[number] - size + 1)
            shares[place] = size * share
        return shares
