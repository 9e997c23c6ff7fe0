"""What the texts of a window say, each read once, whatever it is then compared with.

Which words are names and which are rare depends on the articles that are looked at together;
what an article says does not. So parts of a window are judged without reading it again, and
words are kept as numbers, which take a tenth of what sets of them do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.domain import LEAD_CHARACTERS, Rows, joined_digests, split_digests
from engine.protocols import Executor
from engine.same_event.bags import Bags, Gathered, Packed, joined, split
from engine.same_event.copies import lead_key
from engine.same_event.triples import Marked, Signatures, hashed_triples, signatures_of
from engine.same_event.window import Window, content_key
from engine.words.scanning import Scan, between, cut, from_first, runs

READ_AT_ONCE = 512
"""Articles of a part: a tenth of a second of one processor."""

FORM = 2
"""Raised with every change of what is read of a text: what earlier runs kept is then read again."""

READ_CHARACTERS = 2000
"""Start of an article that is read for names: on sets with bodies 600 and 4000 find less."""


class Said(NamedTuple):
    """What names and numbers of articles are made of; fields of `Readings`."""

    first: Bags
    later: Bags
    lead_numbers: Bags
    numbers: Bags


@dataclass(frozen=True, slots=True)
class Readings:
    """Parallel to the articles of a window.

    Attributes
    ----------
    contents, leads
        Digests of all that an article is, and of its lead whatever its case and spacing.
    signatures
        By which near copies are looked for, as `signatures_of` returns them.
    marked
        By which the origins of texts are looked for.
    first, later
        Words that begin a sentence of the start of an article, and those inside sentences;
        both have the same `Bags.words`.
    lead_numbers, numbers
        As they are written, of the lead and of all that is read.
    """

    contents: Sequence[bytes]
    leads: Sequence[bytes]
    signatures: Signatures
    marked: Marked
    first: Bags
    later: Bags
    lead_numbers: Bags
    numbers: Bags

    @classmethod
    def of(cls, window: Window) -> Readings:
        """Read every article of `window` in this process."""
        return cls.of_parts(map(_read, reading_parts(window)))

    @classmethod
    def by(cls, executor: Executor, window: Window) -> Readings:
        """Read every article of `window` with the workers of `executor`."""
        return cls.of_parts(read for _, read in executor.map(_reader, reading_parts(window)))

    @classmethod
    def of_parts(cls, parts: Iterable[Readings]) -> Readings:
        """Return one reading of the articles of one part after the other.

        How they were cut shows in nothing but the order of words in the bags.
        """
        words, numbers = Gathered(2), Gathered(2)
        contents: list[bytes] = []
        leads: list[bytes] = []
        signatures, marked = [], []
        for part in parts:
            contents += part.contents
            leads += part.leads
            signatures.append(part.signatures)
            marked.append(part.marked)
            words.join([part.first, part.later])
            numbers.join([part.lead_numbers, part.numbers])
        told = np.concatenate(signatures), Marked.joined(marked)
        return cls(contents, leads, *told, *words.bags(), *numbers.bags())

    def take(self, rows: Rows) -> Readings:
        """Return the readings of `rows`, in that order."""
        picked = rows.tolist()
        return Readings(
            [self.contents[row] for row in picked],
            [self.leads[row] for row in picked],
            self.signatures[rows],
            self.marked.take(rows),
            *self.said(rows),
        )

    def said(self, rows: Rows) -> Said:
        """Return what `rows` say, in that order."""
        return Said(*(getattr(self, name).take(rows) for name in Said._fields))

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all of it as arrays that `from_arrays` takes."""
        bags = {name: getattr(self, name) for name in Said._fields}
        return {
            "contents": joined_digests(self.contents),
            "leads": joined_digests(self.leads),
            "signatures": self.signatures,
            "sizes": self.marked.sizes,
            "marks": self.marked.marks,
            "words": joined(self.first.words),
            "written": joined(self.numbers.words),
            **{f"{name}_columns": bag.columns for name, bag in bags.items()},
            **{f"{name}_starts": bag.starts for name, bag in bags.items()},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Readings:
        """Return what `to_arrays` was called on."""
        words, written = (split(arrays[name]) for name in ("words", "written"))
        return cls(
            split_digests(arrays["contents"]),
            split_digests(arrays["leads"]),
            arrays["signatures"],
            Marked(arrays["sizes"], arrays["marks"]),
            *(
                Bags(known, arrays[f"{name}_columns"], arrays[f"{name}_starts"])
                for name, known in zip(Said._fields, (words, words, written, written), strict=True)
            ),
        )


@dataclass(frozen=True, slots=True)
class ReadingPart:
    """Articles that are to be read.

    Attributes
    ----------
    first
        Row of the first of them in the window.
    articles
        Without vectors.
    """

    first: int
    articles: Window

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"texts of rows {self.first} to {self.first + len(self.articles) - 1}"


def reading_parts(window: Window) -> Iterator[ReadingPart]:
    """Yield the articles of `window`, at least one part."""
    texts = window.without_vectors()
    for first in range(0, max(1, len(window)), READ_AT_ONCE):
        rows = np.arange(first, min(len(window), first + READ_AT_ONCE))
        yield ReadingPart(first, texts.take(Rows(rows)))


def _reader() -> Callable[[ReadingPart], Readings]:
    """Return what reads a part."""
    return _read


def _read(part: ReadingPart) -> Readings:
    window = part.articles
    rows = range(len(window))
    texts = [
        f"{title}\n{body}"[:READ_CHARACTERS]
        for title, body in zip(window.titles, window.bodies, strict=True)
    ]
    scan, triples = Scan(texts), hashed_triples(window.bodies)
    return Readings(
        [content_key(window, row) for row in rows],
        [lead_key(window, row) for row in rows],
        signatures_of(*triples, len(window)),
        Marked.of(*triples, len(window)),
        *_words(scan),
        *_numbers(scan),
    )


def _words(scan: Scan) -> tuple[Bags, Bags]:
    """Return the words that begin a sentence of each text, and those inside sentences.

    A word has two letters, digits, hyphens or apostrophes at least, and begins with a letter.
    """
    inside, letters, begun = scan.of_each(r"[\w’'-]", r"[^\W\d_]", '[.!?:…\n“"«„]')
    spans = from_first(runs(inside), letters)
    spans = spans.where(spans.ends - spans.begins > 1)
    begun[scan.starts[:-1]] = True
    following = np.searchsorted(spans.begins, np.flatnonzero(begun))
    first = np.zeros(len(spans.begins), np.bool_)
    first[following[following < len(first)]] = True
    words, columns = Packed.standing(scan, spans)
    found = scan.rows(spans.begins) * len(words) + columns
    n_articles = len(scan.starts) - 1
    return Bags.told(words, found[first], n_articles), Bags.told(words, found[~first], n_articles)


def _numbers(scan: Scan) -> tuple[Bags, Bags]:
    """Return the numbers of each lead, and those of lead and rest, where that cuts them."""
    digits, joints = scan.of_each(r"\d", "[.,:]")
    borders = scan.starts[:-1] + LEAD_CHARACTERS
    borders = borders[borders < scan.starts[1:]]
    joints = between(joints, digits, digits)
    joints[borders] = joints[borders - 1] = False
    spans = cut(runs(digits | joints), borders)
    words, columns = Packed.standing(scan, spans)
    rows = scan.rows(spans.begins)
    found, n_articles = rows * len(words) + columns, len(scan.starts) - 1
    lead = spans.begins < scan.starts[rows] + LEAD_CHARACTERS
    return Bags.told(words, found[lead], n_articles), Bags.told(words, found, n_articles)
