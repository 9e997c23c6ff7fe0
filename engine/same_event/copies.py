"""Finds edited versions of one text: wire copies, corrected and extended articles.

MinHash signatures of word triples (Broder 1997) bring the candidates together, the shared
triples themselves decide. A text that differs in what it states, its numbers or (in one
outlet) its names, is no copy: bulletins and price reports are templates that are filled anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.domain import Rows, text_hash
from engine.same_event.window import SECONDS_OF_A_DAY, Window

LEAST_SHARED = 0.8
"""Share of their word triples that two versions have in common (Jaccard) at least."""

FEWEST_TRIPLES = 40
"""Triples that each must have; one changed word is a tenth of a shorter text, and headlines
and one-sentence bulletins are made from few patterns."""

MOST_WORDS = 600
"""Words of a text that are compared, counted from its start."""

NEAR_DUPLICATE_COSINE = 0.97
"""Centred cosine from which two articles count as copies of one text: wire copies and updated
versions of the shipped sample lie above, separate reports of one event below."""

COPY_DAYS = 3.0
"""Days between copies at most. Daily bulletins repeat whole headlines; wire copies and
corrected versions appear within hours, and after a weekend at the latest."""

_SIGNATURE = 120
_BANDS = 20
"""With 20 bands of 6 a pair that shares 0.8 is a candidate 998 times in 1,000, one that
shares 0.5 in 270, one that shares 0.3 in 15."""

_SEED = 1
_MOST_CANDIDATES = 32
"""Latest candidates that are looked at for one text: more are one template."""

_WORD = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]"
    r"|\d+(?:[.,:]\d+)*|[^\W\d_]+"
)
"""Words, numbers, and single characters of scripts that put no spaces between words."""


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
        words = _WORD.findall(f"{self.title}\n{self.body}", pos=0)[: 2 * MOST_WORDS]
        return frozenset(word for word in words if word[0].isdigit() or word[0].isupper())


def triples_of(text: str) -> list[str]:
    """Return every three words in a row of the start of `text`, in its order."""
    words = compared_words(text)
    return list(map(" ".join, zip(words, words[1:], words[2:], strict=False)))


def compared_words(text: str) -> list[str]:
    """Return the words of the start of `text` that are compared, in its order."""
    return _WORD.findall(text.casefold(), endpos=MOST_WORDS * 12)[:MOST_WORDS]


def shared(first: Telling, second: Telling) -> float:
    """Return the share of their word triples that two texts have in common, in [0, 1]."""
    both = len(first.triples & second.triples)
    return both / max(1, len(first.triples) + len(second.triples) - both)


def is_copy(first: Telling, second: Telling) -> bool:
    """Tell whether one text is an edited version of the other."""
    fewest = min(len(first.triples), len(second.triples))
    if fewest < FEWEST_TRIPLES or shared(first, second) < LEAST_SHARED:
        return False
    return not states_otherwise(first, second)


def states_otherwise(first: Telling, second: Telling) -> bool:
    """Tell whether each text states numbers that the other lacks; of one outlet, also names.

    One that only adds to the other is an extended version.
    """
    only = [first.stated - second.stated, second.stated - first.stated]
    if not first.source or first.source != second.source:
        only = [frozenset(word for word in words if word[0].isdigit()) for words in only]
    return all(only)


class Signature(Protocol):
    """A MinHash signature, `rensa.RMinHash`."""

    def jaccard(self, other: Signature) -> float:
        """Return the share of their triples that two texts seem to have in common."""


def signature_of(body: str) -> Signature | None:
    """Return the signature of the triples of `body`; None where they are too few."""
    from rensa import RMinHash

    triples = triples_of(body)
    if len(triples) < FEWEST_TRIPLES:
        return None
    hashed = RMinHash(num_perm=_SIGNATURE, seed=_SEED)
    hashed.update(triples)
    signature: Signature = hashed
    return signature


def near_copies(window: Window, signatures: Sequence[Signature | None]) -> Rows:
    """Return for each text the earliest one that it is an edited version of, else itself.

    Every copy shares enough with that one, not only with another copy of it, and appears
    within `COPY_DAYS` of the copy before. Undated texts are copies of undated ones only.

    Parameters
    ----------
    window
        The texts.
    signatures
        Of each, as `signature_of` returns it.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n,), with ``out[out] == out``. Of texts of one moment the first row
        is the earliest.
    """
    found = Rows(np.arange(len(window), dtype=np.int64))
    times = np.nan_to_num(window.published, nan=np.inf)
    originals = _Originals()
    for row in np.lexsort((found, times)).tolist():
        signature = signatures[row]
        if signature is None:
            continue
        telling = Telling(window.titles[row], window.bodies[row], window.sources[row])
        original = originals.of(telling, signature, times[row])
        if original is None:
            originals.add(row, telling, signature)
        found[row] = row if original is None else original
        originals.latest[int(found[row])] = times[row]
    return found


class _Originals:
    """The texts that were no copy of an earlier one.

    Attributes
    ----------
    latest
        Row to the time of its latest copy, or its own.
    """

    def __init__(self) -> None:
        from rensa import RMinHashLSH

        self.latest: dict[int, float] = {}
        self._tellings: dict[int, Telling] = {}
        self._nearby = RMinHashLSH(LEAST_SHARED, _SIGNATURE, _BANDS)

    def add(self, row: int, telling: Telling, signature: Signature) -> None:
        """Take in one more."""
        self._tellings[row] = telling
        self._nearby.insert(row, signature)

    def of(self, telling: Telling, signature: Signature, time: float) -> int | None:
        """Return the one that shares most with a text, None when it is a copy of none."""
        nearby = sorted(self._nearby.query(signature), key=lambda row: (self.latest[row], row))
        copied = [
            row
            for row in nearby[-_MOST_CANDIDATES:]
            if (time == self.latest[row] or time - self.latest[row] <= COPY_DAYS * SECONDS_OF_A_DAY)
            and is_copy(self._tellings[row], telling)
        ]
        return max(
            copied, key=lambda row: (shared(self._tellings[row], telling), -row), default=None
        )


def fold_copies(
    window: Window, leads: Sequence[bytes], signatures: Sequence[Signature | None]
) -> Rows:
    """Return for each row the row that stands for it: itself, or the first of its copies.

    Copies have the same title and lead but for case and spacing, or are edited versions
    (`near_copies`), and are published within `COPY_DAYS` of the one before. Undated copies
    fold onto each other.

    Parameters
    ----------
    window
        The texts.
    leads, signatures
        Of each, as `lead_key` and `signature_of` return them.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n,), with ``out[out] == out``.
    """
    exact = _exact_copies(window.published, leads)
    firsts = Rows(np.unique(exact))
    near = near_copies(window.take(firsts), [signatures[row] for row in firsts.tolist()])
    return Rows(firsts[near][np.searchsorted(firsts, exact)])


def _exact_copies(published: npt.NDArray[np.float64], leads: Sequence[bytes]) -> Rows:
    groups: dict[bytes, list[int]] = {}
    for row, lead in enumerate(leads):
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
    return text_hash(" ".join(window.lead(row).casefold().split()))
