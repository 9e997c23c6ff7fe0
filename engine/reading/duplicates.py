"""Finds articles with the same text, or nearly: wire stories, updates, copies.

Duplicates are grouped, never dropped: every outlet's article stays, and what is shown or
counted can be folded.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt
import regex

from engine.errors import InputError, MissingExtraError

NEAR: Final = 0.7
"""Share of common shingles (Jaccard) from which two texts are nearly the same. An outlet that
adds a paragraph to a wire story of ten keeps 0.8; two reports of one event have below 0.1."""

_PERMUTATIONS: Final = 128
_SEED: Final = 1
_WORDS: Final = 3
"""Words of a shingle."""

_TOKEN: Final = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]|[\p{L}\p{M}\p{N}]+"
)
"""Words; in scripts that put no space between words, characters."""


def near_duplicates(texts: Sequence[str], *, threshold: float = NEAR) -> npt.NDArray[np.int64]:
    """Group texts that are the same or nearly so.

    Candidates come from MinHash with locality-sensitive hashing (Broder 1997; datasketch),
    and every one is checked exactly, so that no pair below the threshold is joined.

    Parameters
    ----------
    texts
        Cleaned text of n articles.
    threshold
        Share of common shingles, in (0, 1].

    Returns
    -------
    Int64, shape (n,): the row of the first text of each text's group, its own when there
    is none before it.

    Raises
    ------
    InputError
        If the threshold is not in (0, 1].
    MissingExtraError
        If datasketch is not installed.
    """
    if not 0 < threshold <= 1:
        raise InputError(f"the threshold is {threshold}; expected more than 0 and at most 1")
    try:
        from datasketch import MinHash, MinHashLSH
    except ImportError as error:
        raise MissingExtraError(
            "finding near-duplicates needs one more package: "
            "pip install 'news-story-engine[duplicates]'"
        ) from error
    index = MinHashLSH(threshold=threshold, num_perm=_PERMUTATIONS)
    labels = np.arange(len(texts), dtype=np.int64)
    first: dict[tuple[str, ...], int] = {}
    for row, text in enumerate(texts):
        tokens = _tokens(text)
        labels[row] = labels[first.setdefault(tokens, row)]
        if not tokens or labels[row] != row:
            continue
        shingles = set(_shingles(tokens))
        sketch = MinHash(num_perm=_PERMUTATIONS, seed=_SEED, hashfunc=zlib.crc32)
        sketch.update_batch(shingles)
        for other in sorted(index.query(sketch)):
            if _share(shingles, set(_shingles(_tokens(texts[other])))) >= threshold:
                labels[row] = labels[other]
                break
        index.insert(row, sketch)
    return labels


def _tokens(text: str) -> tuple[str, ...]:
    return tuple(_TOKEN.findall(text.casefold()))


def _shingles(tokens: tuple[str, ...]) -> Iterator[bytes]:
    for start in range(max(1, len(tokens) - _WORDS + 1)):
        yield " ".join(tokens[start : start + _WORDS]).encode("utf-8", "surrogatepass")


def _share(some: set[bytes], others: set[bytes]) -> float:
    return len(some & others) / len(some | others)
