"""What is compared of each text to find where it comes from, read once, whatever story it is in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain import Article, Rows, joined_digests, split_digests, text_hash
from engine.origins.agencies import credited_agency
from engine.protocols import Executor
from engine.same_event.triples import Marked, Triples, distinct, hashed_triples
from engine.words.folding import evened

FORM = 1
"""Raised with every change of what is read of a text: what earlier runs kept is then read again."""

TEXTS_AT_ONCE = 256
"""Texts whose words are found in one step, which takes 50 bytes a character."""


@dataclass(frozen=True, slots=True)
class Texts:
    """Parallel to some articles.

    Attributes
    ----------
    wholes
        Digests of title and body, whatever their case and spacing.
    marked
        Which triples each has, as far as that is compared first.
    agencies
        The agency that each credits, or empty.
    """

    wholes: Sequence[bytes]
    marked: Marked
    agencies: Sequence[str]

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self.wholes)

    @classmethod
    def by(
        cls, executor: Executor, articles: Sequence[Article], marked: Marked | None = None
    ) -> Texts:
        """Read `articles`, but for what is `marked`, with the workers of `executor`."""
        return cls.of_parts(read for _, read in executor.map(_reader, _parts(articles, marked)))

    @classmethod
    def of_parts(cls, parts: Iterable[Texts]) -> Texts:
        """Return the texts of one part after the other."""
        every = list(parts)
        return cls(
            [whole for part in every for whole in part.wholes],
            Marked.joined([part.marked for part in every]),
            [agency for part in every for agency in part.agencies],
        )

    def take(self, rows: Rows) -> Texts:
        """Return the texts of `rows`, in that order."""
        picked = rows.tolist()
        return Texts(
            [self.wholes[row] for row in picked],
            self.marked.take(rows),
            [self.agencies[row] for row in picked],
        )

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all of it as arrays that `from_arrays` takes."""
        names = sorted(set(self.agencies))
        number = {name: place for place, name in enumerate(names)}
        return {
            "wholes": joined_digests(self.wholes),
            "sizes": self.marked.sizes,
            "marks": self.marked.marks,
            "names": np.frombuffer("\n".join(names).encode(), np.uint8),
            "agencies": np.array([number[name] for name in self.agencies], np.int64),
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Texts:
        """Return what `to_arrays` was called on."""
        names = arrays["names"].tobytes().decode().split("\n")
        return cls(
            split_digests(arrays["wholes"]),
            Marked(arrays["sizes"], arrays["marks"]),
            [names[number] for number in arrays["agencies"].tolist()],
        )


@dataclass(frozen=True, slots=True)
class TextPart:
    """Articles whose texts are to be read, field by field: they are sent in an eighth of the time.

    Attributes
    ----------
    titles, bodies, raws, authors
        Of each article.
    marked
        Their triples where these are known.
    """

    titles: Sequence[str]
    bodies: Sequence[str]
    raws: Sequence[str]
    authors: Sequence[str]
    marked: Marked | None

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"texts of {len(self.titles)} articles"


def _parts(articles: Sequence[Article], marked: Marked | None) -> Iterator[TextPart]:
    """Yield `articles`, at least one part."""
    for first in range(0, max(1, len(articles)), TEXTS_AT_ONCE):
        some = articles[first : first + TEXTS_AT_ONCE]
        rows = Rows(np.arange(first, first + len(some)))
        yield TextPart(
            [article.title for article in some],
            [article.body for article in some],
            [article.raw for article in some],
            [article.author for article in some],
            None if marked is None else marked.take(rows),
        )


def _reader() -> Callable[[TextPart], Texts]:
    """Return what reads a part."""
    return _read


def _read(part: TextPart) -> Texts:
    marked = part.marked
    if marked is None:
        marked = Marked.of(*hashed_triples(part.bodies), len(part.bodies))
    told = zip(part.titles, part.bodies, strict=True)
    credited = zip(part.raws, part.bodies, part.authors, strict=True)
    return Texts(
        [text_hash(evened(f"{title}\n{body}")) for title, body in told],
        marked,
        [credited_agency(raw or body, author) for raw, body, author in credited],
    )


def content_of(article: Article) -> bytes:
    """Return a digest of all that is read of an article."""
    return text_hash(f"{article.title}\x1f{article.body}\x1f{article.raw}\x1f{article.author}")


def unique_triples(bodies: Sequence[str]) -> tuple[Rows, Triples]:
    """Return which of some texts has which three words in a row, each once.

    Returns
    -------
    rows, triples
        Int64 and uint64, (n_triples,): by row, those of a row ascending; see `hashed_triples`.
    """
    found_rows, found = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
    for first in range(0, len(bodies), TEXTS_AT_ONCE):
        rows, triples = distinct(*hashed_triples(bodies[first : first + TEXTS_AT_ONCE]))
        found_rows.append(Rows(first + rows))
        found.append(triples)
    return Rows(np.concatenate(found_rows)), np.concatenate(found)
