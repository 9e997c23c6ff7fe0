"""Words of thousands of texts at once, found by arithmetic on their characters.

Patterns take a tenth of a microsecond a character. Here each question is asked of all
characters of all texts by one call, and a word becomes a string once, however often it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt

from engine.domain import Rows, lengths_of
from engine.words.late import with_properties

Flags = npt.NDArray[np.bool_]
"""Bool, one a character."""

Places = npt.NDArray[np.int64]
"""Int64: numbers of characters."""

Hashes = npt.NDArray[np.uint64]
"""Uint64: one a string, equal for equal strings."""

FEWEST_BITS = 13
"""Of characters that are asked for at once: Latin to Georgian, so that few tables are made."""

_FACTOR = 0x9E3779B97F4A7C15
"""Odd, so that it has an inverse; of the golden ratio (Knuth 1973, vol. 3, 6.4)."""

_INVERSE = pow(_FACTOR, -1, 1 << 64)


@cache
def characters(pattern: str, n_bits: int) -> Flags:
    r"""Return which characters of at most `n_bits` a pattern of one character matches; cached.

    By code point. Properties of Unicode, as ``\p{L}``, are those of `regex`, all else of `re`. All
    characters take a quarter of a second, those of 13 bits, without Chinese, two milliseconds.
    """
    every = _every(n_bits)
    found = np.zeros(len(every), np.bool_)
    compiled = with_properties if r"\p" in pattern else re.compile
    for match in compiled(f"(?:{pattern})+").finditer(every):
        found[match.start() : match.end()] = True
    return found


@cache
def _every(n_bits: int) -> str:
    """Return all characters of at most `n_bits`; cached, as they take most of a simple pattern."""
    return "".join(map(chr, range(min(1 << n_bits, 0x110000))))


@cache
def _kinds(patterns: tuple[str, ...], n_bits: int) -> npt.NDArray[np.uint16]:
    """Return which of some patterns each character matches, a bit a pattern; by code point."""
    found = np.zeros(len(characters(patterns[0], n_bits)), np.uint16)
    for place, pattern in enumerate(patterns):
        found |= characters(pattern, n_bits).astype(np.uint16) << np.uint16(place)
    return found


@dataclass(frozen=True, slots=True)
class Spans:
    """Parts of the joined texts, in their order.

    Attributes
    ----------
    begins, ends
        Where each begins, and the place after its last character.
    """

    begins: Places
    ends: Places

    def where(self, kept: Flags) -> Spans:
        """Return those that are kept, a flag each."""
        return self if kept.all() else Spans(self.begins[kept], self.ends[kept])


class Scan:
    """The characters of many texts.

    Parameters
    ----------
    texts
        Some hundreds are best: each character takes 50 bytes for a while.

    Attributes
    ----------
    text
        All of them, a character that is in no word after each.
    starts
        Where each begins in it, and at last its length.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        """Join `texts`."""
        self.text = "\0".join([*texts, ""])
        self.starts = np.append(0, np.cumsum(lengths_of(texts) + 1))
        encoded = self.text.encode("utf-32-le", "surrogatepass")
        # Places in tables are of this type; any other one is cast whenever something is looked up.
        self._codes = np.frombuffer(encoded, np.uint32).astype(np.intp)
        self._n_bits = max(FEWEST_BITS, int(self._codes.max(initial=0)).bit_length())

    def of(self, pattern: str) -> Flags:
        """Return which characters a pattern of one character matches."""
        return characters(pattern, self._n_bits).take(self._codes)

    def of_each(self, *patterns: str) -> list[Flags]:
        """Return what `of` does for each of at most 16 patterns, for little more than one takes."""
        kinds = _kinds(patterns, self._n_bits).take(self._codes)
        return [(kinds & np.uint16(1 << place)) != 0 for place in range(len(patterns))]

    def at(self, places: Places, pattern: str) -> Flags:
        """Return which of the characters at `places` a pattern of one character matches."""
        return characters(pattern, self._n_bits)[self._codes[places]]

    def rows(self, places: Places) -> Rows:
        """Return the text of each place; `places` ascend."""
        n_places = np.diff(np.searchsorted(places, self.starts))
        return Rows(np.repeat(np.arange(len(n_places)), n_places))

    def inside(self, spans: Spans) -> Flags:
        """Return which characters are in spans."""
        edges = np.zeros(len(self._codes) + 1, np.int8)
        edges[spans.begins] += 1
        edges[spans.ends] -= 1
        return np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)

    def hashes(self, spans: Spans) -> Hashes:
        """Return a number for each span, equal for equal strings wherever they stand."""
        _, inverse = _powers(len(self._codes))
        sums = self._summed[spans.ends] - self._summed[spans.begins]
        sums *= inverse[spans.begins]
        return mixed(sums)

    @cached_property
    def _summed(self) -> npt.NDArray[np.uint64]:
        powers, _ = _powers(len(self._codes))
        summed = np.zeros(len(self._codes) + 1, np.uint64)
        np.multiply(self._codes.view(np.uint64), powers, out=summed[1:])
        return np.cumsum(summed, out=summed)

    def numbered(self, spans: Spans) -> tuple[Spans, Hashes, Places]:
        """Return each string that stands in spans once, in the order of hashes.

        Returns
        -------
        strings, hashes
            Where each stands, in one of the places where it does, and its hash.
        numbers
            Of each span, the place of its string among `strings`.
        """
        hashes = self.hashes(spans)
        alike = equals(hashes)
        first = np.flatnonzero(alike == np.arange(len(alike)))
        first = first[np.argsort(hashes[first])]
        number = np.empty(len(alike), np.int64)
        number[first] = np.arange(len(first))
        strings = Spans(spans.begins[first], spans.ends[first])
        return strings, hashes[first], number[alike]

    def lines(self, spans: Spans) -> npt.NDArray[np.uint8]:
        """Return what stands in each span as bytes of UTF-8, with ends of lines between them."""
        n_characters = spans.ends - spans.begins + 1
        ends = np.cumsum(n_characters)
        places = np.repeat(spans.begins - ends + n_characters, n_characters)
        places += np.arange(len(places))
        codes = self._codes[places].astype(np.uint32)  # after each text there is one more
        codes[ends - 1] = ord("\n")
        text = codes[:-1].tobytes().decode("utf-32-le", "surrogatepass")
        return np.frombuffer(text.encode("utf-8", "surrogatepass"), np.uint8)

    def strings(self, spans: Spans) -> list[str]:
        """Return what stands in each span."""
        text = self.text
        return [
            text[begin:end]
            for begin, end in zip(spans.begins.tolist(), spans.ends.tolist(), strict=True)
        ]


def runs(inside: Flags) -> Spans:
    """Return where characters stand side by side that are `inside`."""
    padded = np.concatenate([[False], inside, [False]])
    edges = np.flatnonzero(padded[1:] != padded[:-1])
    return Spans(edges[::2], edges[1::2])


def from_first(spans: Spans, wanted: Flags) -> Spans:
    """Return each span from its first character that is `wanted`; not those that have none."""
    begins = spans.begins.copy()
    others = np.flatnonzero(~wanted[begins])
    while len(others):  # few, and mostly near to the next that is wanted
        begins[others] += 1
        others = others[begins[others] < spans.ends[others]]
        others = others[~wanted[begins[others]]]
    return Spans(begins, spans.ends).where(begins < spans.ends)


def cut(spans: Spans, borders: Places) -> Spans:
    """Return spans that end and begin anew at `borders`, which are sorted."""
    begun = np.searchsorted(spans.begins, borders, side="left")
    ended = np.searchsorted(spans.ends, borders, side="right")
    borders = borders[begun > ended]
    return Spans(
        np.sort(np.concatenate([spans.begins, borders])),
        np.sort(np.concatenate([spans.ends, borders])),
    )


def between(joints: Flags, before: Flags, after: Flags) -> Flags:
    """Return which of `joints` stand right behind `before` and right before `after`."""
    found = np.zeros(len(joints), np.bool_)
    found[1:-1] = joints[1:-1] & before[:-2] & after[2:]
    return found


def equals(hashes: Hashes) -> Places:
    """Return for each hash the place of one that is equal, the same for all that are equal.

    Each writes its place into a table by its first bits, and takes what then stands there. That
    is of another hash for one in a hundred, of which the same is asked by other bits.
    """
    n_bits = len(hashes).bit_length() + 1
    slots = (hashes >> np.uint64(64 - n_bits)).astype(np.intp)
    table = np.empty(1 << n_bits, np.int32)
    table[slots] = np.arange(len(hashes), dtype=np.int32)
    found = table[slots].astype(np.int64)
    others = np.flatnonzero(hashes[found] != hashes)
    if len(others):
        found[others] = others[equals(mixed(hashes[others]))]
    return found


@cache
def _powers_of(n_bits: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    return (
        np.cumprod(np.full(1 << n_bits, _FACTOR, np.uint64), dtype=np.uint64),
        np.cumprod(np.full(1 << n_bits, _INVERSE, np.uint64), dtype=np.uint64),
    )


def _powers(n: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint64]]:
    """Return powers of the factor and of its inverse, (n,) each."""
    powers, inverse = _powers_of(max(1, n - 1).bit_length())
    return powers[:n], inverse[:n]


def mixed(numbers: Hashes) -> Hashes:
    """Return numbers whose bits all depend on all bits (Steele et al. 2014, SplitMix64)."""
    numbers = numbers ^ (numbers >> np.uint64(30))
    numbers *= np.uint64(0xBF58476D1CE4E5B9)
    numbers ^= numbers >> np.uint64(27)
    numbers *= np.uint64(0x94D049BB133111EB)
    numbers ^= numbers >> np.uint64(31)
    return numbers
