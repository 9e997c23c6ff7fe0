"""Every three words in a row of many texts, as numbers: what copies of a text have in common.

Words are found by arithmetic on the characters of all texts at once.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.words.scanning import Scan, Spans, between, from_first, mixed, runs

FEWEST_TRIPLES = 40
"""Triples that each must have; one changed word is a tenth of a shorter text, and headlines
and one-sentence bulletins are made from few patterns."""

MOST_WORDS = 600
"""Words of a text that are compared, counted from its start."""

_SIGNATURE = 120
_SEED = 1

UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3"
"""Characters of scripts without spaces, each of which is compared as a word."""

MARKS = 1024
"""Bits of a text, of which each of its triples sets one. The most triples that are compared, 600,
set 454, so that two texts without a common triple agree in no more than half of theirs."""

Triples: TypeAlias = npt.NDArray[np.uint64]
"""Uint64: a number for every three words in a row, equal for equal words."""

Signatures: TypeAlias = npt.NDArray[np.uint32]
"""Uint32, (n, `_SIGNATURE`): a MinHash signature in each row."""


def hashed_triples(bodies: Sequence[str]) -> tuple[Rows, Triples]:
    """Return every three words in a row of the start of each body, in their order.

    Parameters
    ----------
    bodies
        Some hundreds at once.

    Returns
    -------
    rows, triples
        Int64 and uint64, (n_triples,): the body of each, and a number that is equal for equal
        words.
    """
    scan = Scan([_start(body) for body in bodies])
    spans = _compared(scan)
    rows = scan.rows(spans.begins)
    kept = np.arange(len(rows)) < np.searchsorted(rows, np.arange(len(bodies)))[rows] + MOST_WORDS
    rows, words = Rows(rows[kept]), scan.hashes(spans)[kept]
    whole = rows[:-2] == rows[2:]
    triples = mixed(words[:-2] + mixed(words[1:-1] + mixed(words[2:])))
    return Rows(rows[:-2][whole]), triples[whole]


def _start(body: str) -> str:
    """Return as much of a casefolded body as is compared; casefolding shortens none."""
    return body[: MOST_WORDS * 12].casefold()[: MOST_WORDS * 12]


def _compared(scan: Scan) -> Spans:
    """Return what `compared_words` finds in each text, however many it has."""
    letters, digits, alone, joints = scan.of_each(r"[^\W\d_]", r"\d", f"[{UNSPACED}]", "[.,:]")
    spans = [runs(letters), runs(digits | between(joints, digits, digits))]
    if alone.any():
        wanted = (letters & ~alone, digits & ~alone)
        spans = [from_first(some, first) for some, first in zip(spans, wanted, strict=True)]
        for some in spans:
            alone &= ~scan.inside(some)
        places = np.flatnonzero(alone)
        spans.append(Spans(places, places + 1))
    begins = np.concatenate([some.begins for some in spans])
    order = np.argsort(begins, kind="stable")  # merges what is in order
    return Spans(begins[order], np.concatenate([some.ends for some in spans])[order])


def distinct(rows: Rows, triples: Triples) -> tuple[Rows, Triples]:
    """Return triples by row, those of a row ascending, each once; `rows` ascend."""
    order = np.argsort(triples)
    # Numbers of few bits are sorted by counting them.
    order = order[np.argsort(rows[order].astype(np.uint16), kind="stable")]
    rows, triples = Rows(rows[order]), triples[order]
    new = np.ones(len(rows), np.bool_)
    new[1:] = (np.diff(rows) != 0) | (triples[1:] != triples[:-1])
    return Rows(rows[new]), triples[new]


def _n_distinct(rows: Rows, triples: Triples, n_texts: int) -> npt.NDArray[np.int64]:
    """Return how many different triples each text has; `rows` ascend."""
    if not len(rows):
        return np.zeros(n_texts, np.int64)
    n_triples = np.bincount(rows, minlength=n_texts)
    starts = np.cumsum(n_triples) - n_triples
    # One of its own triples fills each text up, as repetitions do not count.
    filling = triples[np.minimum(starts, len(triples) - 1)]
    table = np.repeat(filling[:, None], n_triples.max(), axis=1)
    table[rows, np.arange(len(rows)) - starts[rows]] = triples
    table.sort(axis=1)
    found: npt.NDArray[np.int64] = (n_triples > 0) + (table[:, 1:] != table[:, :-1]).sum(axis=1)
    return found


def signatures_of(rows: Rows, triples: Triples, n_texts: int) -> Signatures:
    """Return the MinHash signature of the triples of each text; zeros where they are too few.

    Parameters
    ----------
    rows, triples, n_texts
        As `hashed_triples` returns them of so many texts.
    """
    from rensa import RMinHash

    n_triples = np.bincount(rows, minlength=n_texts)
    told = n_triples >= FEWEST_TRIPLES
    ends = np.cumsum(n_triples[told])
    digests = RMinHash.digest_matrix_from_flat_token_hashes(
        triples[told[rows]],
        np.append(0, ends).astype(np.uint64),
        _SIGNATURE,
        _SEED,
    )
    signatures = np.zeros((n_texts, _SIGNATURE), np.uint32)
    # In a third of the time that numpy takes for lists.
    rows_of_bytes = b"".join([array("I", row) for row in digests.to_rows()])
    signatures[told] = np.frombuffer(rows_of_bytes, np.uint32).reshape(-1, _SIGNATURE)
    return signatures


def marks_of(rows: Rows, triples: Triples, n_texts: int) -> npt.NDArray[np.uint8]:
    """Return a bit for each triple of each text, that of some others too; (n, `MARKS` / 8)."""
    flags = np.zeros((n_texts, MARKS), np.bool_)
    flags[rows, triples % np.uint64(MARKS)] = True
    return np.packbits(flags, axis=1)


@dataclass(frozen=True, slots=True)
class Marked:
    """How many triples texts have, and which, as far as some bits tell it.

    Attributes
    ----------
    sizes
        Int64, (n,): how many different triples each has.
    marks
        Uint64, (n, `MARKS` / 64): a bit for each triple, that of some others too.
    """

    sizes: npt.NDArray[np.int64]
    marks: npt.NDArray[np.uint64]

    @classmethod
    def of(cls, rows: Rows, triples: Triples, n_texts: int) -> Marked:
        """Mark the triples that `hashed_triples` returned of so many texts."""
        return cls(
            _n_distinct(rows, triples, n_texts), marks_of(rows, triples, n_texts).view(np.uint64)
        )

    @classmethod
    def joined(cls, parts: Sequence[Marked]) -> Marked:
        """Return those of the texts of one part after the other."""
        return cls(
            np.concatenate([part.sizes for part in parts]),
            np.concatenate([part.marks for part in parts]),
        )

    def take(self, rows: Rows) -> Marked:
        """Return those of `rows`, in that order."""
        return Marked(self.sizes[rows], self.marks[rows])
