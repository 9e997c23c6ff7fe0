"""The names of many stories, found by arithmetic on what their articles write with capitals.

`engine.same_event.names` finds those of some articles by sets of words, in several times the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.same_event.bags import Bags, numbered
from engine.same_event.names import SHORTEST_NAME, Name, Run, names_beside
from engine.words.terms import latin

Keys = npt.NDArray[np.int64]
"""Numbers of articles or of groups of them, times the number of words, and a word's place added."""

Flags = npt.NDArray[np.bool_]


def names_of_each(
    capitals: Sequence[Bags],
    stories: Sequence[Rows],
    languages: Sequence[str],
    nouns: frozenset[str],
) -> list[list[Name]]:
    """Return the names in the articles of each story, as `engine.same_event.names` finds them.

    Parameters
    ----------
    capitals
        What `Capitals` has of each article: runs, sure, paired, words and plain, in one table.
    stories
        The rows of each, of which none is in two.
    languages, nouns
        Of every article, and those of them that write all nouns with capitals.
    """
    runs, sure, paired, words, plain = capitals
    story, spoken = np.zeros(len(runs), np.int64), numbered(languages)
    for place, rows in enumerate(stories):
        story[rows] = place
    group = story * (1 + spoken.max(initial=0)) + spoken
    noun = np.array([language in nouns for language in languages], np.bool_)
    strict = _keys(sure, group)[~noun[sure.rows]], _keys(paired, group)[noun[paired.rows]]
    known = _known(np.concatenate(strict), words, group)
    beside = _Beside.of(runs, sure)
    named = _among(beside.keys(group), known)
    if noun.any():
        named |= _abroad(beside, sure, group, story, noun, known)
    parts, uncapitalised = beside.parts(named), _strings(plain)
    return [
        names_beside(
            {row: parts[row] for row in rows.tolist()},
            {row: uncapitalised[row] for row in rows.tolist() if row in uncapitalised},
            languages,
        )
        for rows in stories
    ]


@dataclass(frozen=True, slots=True)
class _Beside:
    """The words with capitals of articles, those side by side the one after the other.

    Attributes
    ----------
    table
        All words, and all runs of them.
    columns, rows
        Int64, (n_words,): the place of each in the table, -1 for what is sure in no article, and
        its article.
    first
        Which of them no other stands before.
    """

    table: Sequence[str]
    columns: npt.NDArray[np.int64]
    rows: Rows
    first: Flags

    @classmethod
    def of(cls, runs: Bags, sure: Bags) -> _Beside:
        """Cut `runs` into words, which may be names where they are `sure` in an article."""
        table, used = runs.words, runs.used()
        place = {table[word]: word for word in sure.used()}
        cut = [[place.get(word, -1) for word in table[run].split(" ")] for run in used]
        of_used = np.append(0, np.cumsum(list(map(len, cut)), dtype=np.int64))
        words = np.array([word for run in cut for word in run], np.int64)
        at = np.searchsorted(used, runs.columns)
        sizes = np.diff(of_used)[at]
        starts = np.append(0, np.cumsum(sizes))
        within = np.arange(starts[-1]) + np.repeat(of_used[at] - starts[:-1], sizes)
        first = np.zeros(starts[-1], np.bool_)
        first[starts[:-1]] = True
        return cls(table, words[within], Rows(np.repeat(runs.rows, sizes)), first)

    def keys(self, group: npt.NDArray[np.int64]) -> Keys:
        """Return the key of each word in the group of its article; negative for no word."""
        return np.where(self.columns < 0, -1, group[self.rows] * len(self.table) + self.columns)

    def parts(self, named: Flags) -> defaultdict[int, set[Run]]:
        """Return the words of each article that are `named`, those side by side as one."""
        begins = named & (self.first | ~np.append(False, named[:-1]))
        ends = named & (np.append(self.first[1:], True) | ~np.append(named[1:], False))
        spelled = [self.table[column] for column in self.columns.tolist()]
        found: defaultdict[int, set[Run]] = defaultdict(set)
        for row, begin, last in zip(
            self.rows[begins].tolist(),
            np.flatnonzero(begins).tolist(),
            np.flatnonzero(ends).tolist(),
            strict=True,
        ):
            found[row].add(tuple(spelled[begin : last + 1]))
        return found


def _keys(bags: Bags, group: npt.NDArray[np.int64]) -> Keys:
    """Return the key of each word in the group of its article."""
    return group[bags.rows] * len(bags.words) + bags.columns


def _among(keys: Keys, known: Keys) -> Flags:
    """Return which keys are among those `known`, which ascend."""
    if not len(known):
        return np.zeros(len(keys), np.bool_)
    found: Flags = known[np.minimum(np.searchsorted(known, keys), len(known) - 1)] == keys
    return found


def _known(strict: Keys, words: Bags, group: npt.NDArray[np.int64]) -> Keys:
    """Return which words are names in which groups, ascending.

    Parameters
    ----------
    strict
        Those that articles write with a capital that is sure, once an article.
    words, group
        All words of each article, and its group.
    """
    keys, n_capital = np.unique(strict, return_counts=True)
    groups, columns = np.divmod(keys, max(1, len(words.words)))
    spelled = [words.words[column] for column in columns.tolist()]
    small = [word.lower() for word in spelled]
    place = dict.fromkeys(small, -1)
    wanted = np.zeros(len(words.words), np.bool_)
    for column in words.used():
        if words.words[column] in place:
            place[words.words[column]] = column
            wanted[column] = True
    said = np.sort(_keys(words.among(wanted), group))
    at = np.array([place[word] for word in small], np.int64)
    lower = np.where(at < 0, -1, groups * len(words.words) + at)
    n_small = np.searchsorted(said, lower, side="right") - np.searchsorted(said, lower)
    long = np.array([len(word) >= SHORTEST_NAME for word in spelled], np.bool_)
    return keys[long & (n_capital >= n_small)]


def _abroad(
    beside: _Beside,
    sure: Bags,
    group: npt.NDArray[np.int64],
    story: npt.NDArray[np.int64],
    noun: Flags,
    known: Keys,
) -> Flags:
    """Return which words of languages that write all nouns so are names in another of their story.

    Parameters
    ----------
    beside, sure
        The words with capitals of each article, and those of them that are sure.
    group, story, noun
        Of each article: its group, its story, and whether its language writes all nouns so.
    known
        Which words are names in which groups.
    """
    table = beside.table
    others = _among(_keys(sure, group), known) & ~noun[sure.rows]
    names = np.unique(_keys(sure, story)[others])
    abroad = {(key // len(table), latin(table[key % len(table)])) for key in names.tolist()}
    rows = np.arange(len(sure))
    asked = noun[beside.rows] & _among(beside.keys(rows), np.sort(_keys(sure, rows)))
    keys, at = np.unique(beside.keys(story)[asked], return_inverse=True)
    found = [(key // len(table), latin(table[key % len(table)])) in abroad for key in keys.tolist()]
    asked[asked] = np.array(found, np.bool_)[at]
    return asked


def _strings(plain: Bags) -> dict[int, set[str]]:
    """Return the words of each article that has any."""
    spelled = [plain.words[column] for column in plain.columns.tolist()]
    return {
        row: set(spelled[begin:end])
        for row, (begin, end) in enumerate(pairwise(plain.starts.tolist()))
        if end > begin
    }
