"""Finds edited versions of one text: wire copies, corrected and extended articles.

MinHash signatures of word triples (Broder 1997) bring the candidates together, the shared
triples themselves decide. A text that differs in what it states, its numbers or (in one
outlet) its names, is no copy: bulletins and price reports are templates that are filled anew.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from engine.domain import Rows, text_hash
from engine.same_event.pairs import sorted_unique
from engine.same_event.triples import (
    FEWEST_TRIPLES,
    MOST_WORDS,
    UNSPACED,
    Signatures,
    Triples,
    hashed_triples,
    marks_of,
)
from engine.same_event.window import SECONDS_OF_A_DAY, Window
from engine.words.folding import evened
from engine.words.scanning import mixed

LEAST_SHARED = 0.8
"""Share of their word triples that two versions have in common (Jaccard) at least."""

NEAR_DUPLICATE_COSINE = 0.97
"""Centred cosine from which two articles count as copies of one text: wire copies and updated
versions of the shipped sample lie above, separate reports of one event below."""

COPY_DAYS = 3.0
"""Days between copies at most. Daily bulletins repeat whole headlines; wire copies and
corrected versions appear within hours, and after a weekend at the latest."""

TEXTS_AT_ONCE = 20
"""Of those that questions find: what is made of more does not fit in the cache of a processor,
and 40 take twice as long together as by twenties."""

_BANDS = 20
"""With 20 bands of 6 a pair that shares 0.8 is a candidate 998 times in 1,000, one that
shares 0.5 in 270, one that shares 0.3 in 15."""

_MOST_CANDIDATES = 32
"""Latest candidates that are looked at for one text: more are one template."""


@cache
def _word() -> re.Pattern[str]:
    """Return what finds words, numbers, and single characters of scripts without spaces.

    Made where texts are compared, since it takes 4 ms.
    """
    # The most frequent first, which is a third faster.
    return re.compile(rf"[^\W\d_{UNSPACED}][^\W\d_]*|[{UNSPACED}]|\d+(?:[.,:]\d+)*")


T = TypeVar("T")


@dataclass(frozen=True)
class Telling:
    """One outlet's version of a text.

    Attributes
    ----------
    title, body
        Cleaned texts; outlets write their own headlines, so bodies alone are compared.
    source
        Outlet, or empty.
    """

    title: str
    body: str
    source: str = ""

    @cached_property
    def triples(self) -> frozenset[str]:
        """Every three words in a row."""
        return frozenset(triples_of(self.body))

    @cached_property
    def stated(self) -> frozenset[str]:
        """Numbers, and words with a capital letter."""
        words = _word().findall(f"{self.title}\n{self.body}", pos=0)[: 2 * MOST_WORDS]
        return frozenset(word for word in words if word[0].isdigit() or word[0].isupper())


def triples_of(text: str) -> list[str]:
    """Return every three words in a row of the start of `text`, in its order."""
    words = compared_words(text)
    return list(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def compared_words(text: str) -> list[str]:
    """Return the words of the start of `text` that are compared, in its order."""
    return _word().findall(text.casefold(), endpos=MOST_WORDS * 12)[:MOST_WORDS]


def shared(first: Telling, second: Telling) -> float:
    """Return the share of their word triples that two texts have in common, in [0, 1]."""
    return _share(first.triples, second.triples)


def is_copy(first: Telling, second: Telling) -> bool:
    """Tell whether one text is an edited version of the other."""
    return are_versions(first.triples, second.triples) and not states_otherwise(first, second)


def are_versions(first: frozenset[T], second: frozenset[T]) -> bool:
    """Tell whether two texts, given by their word triples, have enough of them in common."""
    if min(len(first), len(second)) < FEWEST_TRIPLES:
        return False
    return _share(first, second) >= LEAST_SHARED


def _share(first: frozenset[T], second: frozenset[T]) -> float:
    both = len(first & second)
    return both / max(1, len(first) + len(second) - both)


class Versions:
    """Tells which of some dozens of texts are versions of each other, by their places.

    It takes half the time that their `Telling.triples` do, once the tables of a `Scan` are made.
    Most pairs are told at once by the bits of triples that either lacks; see `possible`.

    Parameters
    ----------
    bodies
        Of the texts.
    """

    def __init__(self, bodies: Sequence[str]) -> None:
        self._triples: list[Triples] = []
        marks = []
        for start in range(0, len(bodies), TEXTS_AT_ONCE):
            some = bodies[start : start + TEXTS_AT_ONCE]
            rows, triples = hashed_triples(some)
            ends = np.searchsorted(rows, np.arange(1, len(some)))
            self._triples += np.split(triples, ends)
            marks.append(marks_of(rows, triples, len(some)).view(np.uint64))
        self._marks = np.concatenate(marks) if marks else np.empty((0, 0), np.uint64)
        self._n_marks = np.bitwise_count(self._marks).sum(axis=1, dtype=np.int64)
        self._sizes = np.array([len(triples) for triples in self._triples], np.int64)
        self._found: dict[int, frozenset[int]] = {}

    def possible(self, first: Rows, second: Rows) -> npt.NDArray[np.bool_]:
        """Tell which pairs of texts may be versions, as far as bits of their triples tell it.

        Parameters
        ----------
        first, second
            Places of the texts of each pair, int64, (n_pairs,).
        """
        # A triple is missing in the other for each bit that is, and all others may be in both.
        joint = np.bitwise_count(self._marks[first] & self._marks[second])
        in_both = joint.sum(axis=1, dtype=np.int64)
        only, others = self._n_marks[first] - in_both, self._n_marks[second] - in_both
        both = np.minimum(self._sizes[first] - only, self._sizes[second] - others)
        found: npt.NDArray[np.bool_] = both / np.maximum(1, both + only + others) >= LEAST_SHARED
        return found

    def __call__(self, first: int, second: int) -> bool:
        """Tell what `are_versions` does of the triples of two texts."""
        return are_versions(self._of(first), self._of(second))

    def _of(self, place: int) -> frozenset[int]:
        found = self._found.get(place)
        if found is None:
            found = self._found[place] = frozenset(self._triples[place].tolist())
        return found


def states_otherwise(first: Telling, second: Telling) -> bool:
    """Tell whether each text states numbers that the other lacks; of one outlet, also names.

    One that only adds to the other is an extended version.
    """
    only = [first.stated - second.stated, second.stated - first.stated]
    if not first.source or first.source != second.source:
        only = [frozenset(word for word in words if word[0].isdigit()) for words in only]
    return all(only)


def near_copies(window: Window, rows: Rows, signatures: Signatures) -> Rows:
    """Return for each text the earliest one that it is an edited version of, else itself.

    Every copy shares enough with that one, not only with another copy of it, and appears
    within `COPY_DAYS` of the copy before. Undated texts are copies of undated ones only.

    Parameters
    ----------
    window, rows
        The texts, and which of them are compared; the answer counts in `rows`.
    signatures
        Of each of these, as `signatures_of` returns them.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n,), with ``out[out] == out``. Of texts of one moment the first one
        is the earliest.
    """
    found = Rows(np.arange(len(rows), dtype=np.int64))
    times = np.nan_to_num(window.published[rows], nan=np.inf)
    buckets = _shared_buckets(signatures)
    originals = _Originals()
    order = np.lexsort((found, times))
    for row in order[(buckets[order] >= 0).any(axis=1)].tolist():
        text = int(rows[row])
        telling = Telling(window.titles[text], window.bodies[text], window.sources[text])
        alike = buckets[row][buckets[row] >= 0].tolist()
        original = originals.of(telling, alike, times[row])
        if original is None:
            originals.add(row, telling, alike)
        found[row] = row if original is None else original
        originals.latest[int(found[row])] = times[row]
    return found


def _shared_buckets(signatures: Signatures) -> npt.NDArray[np.int64]:
    """Return a number for each band of each signature, equal ones for equal bands.

    Returns
    -------
    numpy.ndarray
        Int64, (n, `_BANDS`): -1 where no other signature has the band.
    """
    told = np.flatnonzero(signatures.any(axis=1))
    buckets = np.full((len(signatures), _BANDS), -1, np.int64)
    first, second, third = signatures[told].view(np.uint64).reshape(-1, _BANDS, 3).T
    for band, keys in enumerate(mixed(first + mixed(second + mixed(third)))):
        _, number, sizes = np.unique(keys, return_inverse=True, return_counts=True)
        shared = sizes[number] > 1
        buckets[told[shared], band] = band * len(signatures) + number[shared]
    return buckets


class _Originals:
    """The texts that were no copy of an earlier one.

    Attributes
    ----------
    latest
        Row to the time of its latest copy, or its own.
    """

    def __init__(self) -> None:
        self.latest: dict[int, float] = {}
        self._tellings: dict[int, Telling] = {}
        self._rows: defaultdict[int, list[int]] = defaultdict(list)

    def add(self, row: int, telling: Telling, buckets: Sequence[int]) -> None:
        """Take in one more, which is in some buckets."""
        self._tellings[row] = telling
        for bucket in buckets:
            self._rows[bucket].append(row)

    def of(self, telling: Telling, buckets: Sequence[int], time: float) -> int | None:
        """Return the one that shares most with a text, None when it is a copy of none."""
        alike = {row for bucket in buckets for row in self._rows[bucket]}
        nearby = sorted(alike, key=lambda row: (self.latest[row], row))
        copied = [
            row
            for row in nearby[-_MOST_CANDIDATES:]
            if (time == self.latest[row] or time - self.latest[row] <= COPY_DAYS * SECONDS_OF_A_DAY)
            and is_copy(self._tellings[row], telling)
        ]
        return max(
            copied, key=lambda row: (shared(self._tellings[row], telling), -row), default=None
        )


def fold_copies(window: Window, rows: Rows, leads: Sequence[bytes], signatures: Signatures) -> Rows:
    """Return for each of `rows` the one that stands for it: itself, or the first of its copies.

    Copies have the same title and lead but for case and spacing, or are edited versions
    (`near_copies`), and are published within `COPY_DAYS` of the one before. Undated copies
    fold onto each other.

    Parameters
    ----------
    window, rows
        The texts, and which of them are compared; the answer counts in `rows`.
    leads, signatures
        Of each of these, as `lead_key` and `signatures_of` return them.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n,), with ``out[out] == out``.
    """
    exact = _exact_copies(window.published[rows], leads)
    firsts = Rows(sorted_unique(exact))
    near = near_copies(window, Rows(rows[firsts]), signatures[firsts])
    return Rows(firsts[near][np.searchsorted(firsts, exact)])


def _exact_copies(published: npt.NDArray[np.float64], leads: Sequence[bytes]) -> Rows:
    n_alike = Counter(leads)
    groups: dict[bytes, list[int]] = {}
    for row, lead in enumerate(leads):
        if n_alike[lead] > 1:
            groups.setdefault(lead, []).append(row)
    stands_for = Rows(np.arange(len(leads), dtype=np.int64))
    times = np.nan_to_num(published, nan=np.inf)
    for rows in groups.values():
        ordered = sorted(rows, key=lambda row: (times[row], row))
        for before, row in pairwise(ordered):
            gap = 0.0 if times[row] == times[before] else times[row] - times[before]
            if gap <= COPY_DAYS * SECONDS_OF_A_DAY:
                stands_for[row] = stands_for[before]
    return stands_for


def lead_key(window: Window, row: int) -> bytes:
    """Return a digest of the start of an article, whatever its case and spacing."""
    return text_hash(evened(window.lead(row)))
