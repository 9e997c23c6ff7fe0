"""Where the text of each article of a story comes from: its outlet, an agency, another outlet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from operator import attrgetter
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain import Article, Origin, OriginKind, Rows
from engine.origins.texts import Texts, unique_triples
from engine.same_event.copies import LEAST_SHARED
from engine.same_event.triples import FEWEST_TRIPLES, Marked, Triples
from engine.words.addresses import host_of, outlet_name

PAIRS_AT_ONCE = 1 << 17
"""Pairs of texts whose marks are compared in one step: so many words stay in the cache."""


class Printed(NamedTuple):
    """An article as far as its text is traced: sent in a fifth of the time that all of it takes.

    Attributes
    ----------
    id, source, url, body
        As in `Article`.
    """

    id: str
    source: str
    url: str
    body: str

    @classmethod
    def of(cls, article: Article) -> Printed:
        """Return what is asked of an article."""
        return cls(article.id, article.source, article.url, article.body)


Values: TypeAlias = tuple[OriginKind, str, str, str, str]
"""Those of an `Origin`."""

_values_of = attrgetter(*(field.name for field in fields(Origin)))


@dataclass(frozen=True, slots=True)
class TracingPart:
    """Some stories whose texts are compared.

    Attributes
    ----------
    places
        Of the stories among all.
    stories
        The articles of each, from the earliest to the latest.
    texts
        What is compared of them, story by story.
    """

    places: Sequence[int]
    stories: Sequence[Sequence[Printed]]
    texts: Texts

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"origins of {len(self.stories)} stories"


def tracer() -> Callable[[TracingPart], list[list[Values]]]:
    """Return what finds the values of the origins of the articles of a part."""
    return _origins


def _origins(part: TracingPart) -> list[list[Values]]:
    found = trace(part.stories, part.texts)
    return [list(map(_values_of, origins)) for origins in found]


def trace(stories: Sequence[Sequence[Printed]], texts: Texts) -> list[list[Origin]]:
    """Return the origin of each article of each story.

    A text that has `LEAST_SHARED` of its word triples from an earlier one, or the other way
    round, is a copy of that: outlets cut agency reports short and add a paragraph of their own.
    An outlet that goes on with a text of its own follows up; one that prints its own text again
    in a later version repeats itself.

    Parameters
    ----------
    stories
        The articles of each in the order in which they came.
    texts
        What is compared of them, story by story.

    Returns
    -------
    list of list of Origin
        One each, in the same order.
    """
    every = [article for articles in stories for article in articles]
    ends = np.cumsum([len(articles) for articles in stories], dtype=np.int64).tolist()
    parts = [
        texts.take(Rows(np.arange(end - len(articles), end)))
        for articles, end in zip(stories, ends, strict=True)
    ]
    compared = [_Copies(part) for part in parts]
    wanted = [
        every[row + end - len(part)].body
        for copies, part, end in zip(compared, parts, ends, strict=True)
        for row in copies.wanted.tolist()
    ]
    rows, triples = unique_triples(wanted)
    own = iter(np.split(triples, np.searchsorted(rows, np.arange(1, len(wanted)))))
    found = []
    for articles, part, copies in zip(stories, parts, compared, strict=True):
        copied = copies.originals(list(islice(own, len(copies.wanted))))
        found.append(_traced(articles, part, copied))
    return found


def _traced(
    articles: Sequence[Printed], texts: Texts, copied: Sequence[tuple[int, bool]]
) -> list[Origin]:
    """Return the origins of the articles of a story, of which each copies which, or -1: none."""
    ids = [article.id for article in articles]
    agencies: dict[int, str] = {}
    for row, (original, _) in enumerate(copied):
        # One outlet leaves the credit out, another prints it: it is of the text.
        if agency := texts.agencies[row]:
            agencies.setdefault(row if original < 0 else original, agency)
    hosts = [host_of(article.url) for article in articles]
    outlets = [
        outlet_name(article.source) or host for article, host in zip(articles, hosts, strict=True)
    ]
    latest: dict[str, str] = {}
    found = []
    for row, (original, exact) in enumerate(copied):
        outlet = outlets[row]
        agency = agencies.get(row if original < 0 else original, "")
        if original >= 0:
            of, own = ids[original], bool(outlet) and outlet == outlets[original]
            kind = OriginKind.VERSION if own else OriginKind.COPY if exact else OriginKind.EDITED
        elif agency:
            of, kind = "", OriginKind.WIRE
        else:
            of = latest.get(outlet, "") if outlet else ""
            kind = OriginKind.FOLLOW_UP if of else OriginKind.ORIGINAL
        found.append(Origin(kind, of, agency, outlet, hosts[row]))
        latest[outlet] = ids[row]
    return found


class _Copies:
    """The texts of a story, of which each may copy an earlier one.

    Of the triples of the shorter of two such texts a fifth may be missing in the other, and each
    of these accounts for one mark at most. So those whose marks agree too little need no further
    look, and that is nearly all that have nothing in common.

    Parameters
    ----------
    texts
        All of the story, in the order in which they came.

    Attributes
    ----------
    wanted
        Int64, (n,), ascending: texts that must be compared by their triples.
    """

    def __init__(self, texts: Texts) -> None:
        self._wholes = texts.wholes
        # What is there word for word copies that.
        firsts = np.unique(np.array(texts.wholes, "S"), return_index=True)[1]
        rows = np.sort(firsts[texts.marked.sizes[firsts] >= FEWEST_TRIPLES])
        self._rows = Rows(rows)
        self._near, is_wanted = _near(texts.marked.take(Rows(rows)))
        self.wanted = Rows(rows[is_wanted])
        self._is_kept = np.zeros(len(rows), np.bool_)
        self._triples: dict[int, Triples] = {}

    def originals(self, triples: Sequence[Triples]) -> list[tuple[int, bool]]:
        """Return the row that each text copies, -1 for none, and whether word for word.

        Parameters
        ----------
        triples
            Those of each of the texts that are `wanted`, ascending.
        """
        place = {row: number for number, row in enumerate(self._rows.tolist())}
        numbers = [place[row] for row in self.wanted.tolist()]
        self._triples = dict(zip(numbers, triples, strict=True))
        originals: dict[bytes, int] = {}
        found = []
        for row, whole in enumerate(self._wholes):
            if whole in originals:
                found.append((originals[whole], True))
                continue
            number = place.get(row, -1)
            original, exact = self._nearest(number) if number in self._triples else (-1, False)
            originals[whole] = row if original < 0 else original
            found.append((original, exact))
        return found

    def _nearest(self, number: int) -> tuple[int, bool]:
        """Return the row that shares most of the shorter one, the earliest of several.

        One that copies none can be copied itself.
        """
        own = self._triples[number]
        near = np.unpackbits(self._near[number], count=len(self._rows)).view(np.bool_)
        best, most, exact = -1, 0.0, False
        for other in np.flatnonzero(near & self._is_kept).tolist():
            n_shared = _n_shared(own, self._triples[other])
            shorter = min(len(own), len(self._triples[other]))
            if n_shared / shorter >= LEAST_SHARED and n_shared / shorter > most:
                exact = n_shared == len(own) == len(self._triples[other])
                best, most = int(self._rows[other]), n_shared / shorter
        self._is_kept[number] = best < 0
        return best, exact


def _n_shared(one: Triples, other: Triples) -> int:
    """Return how many of some numbers are among others; both ascend."""
    places = np.minimum(np.searchsorted(other, one), len(other) - 1)
    return int(np.count_nonzero(other[places] == one))


def _near(texts: Marked) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_]]:
    """Return which texts may share enough with which earlier ones, by their marks.

    Returns
    -------
    near, some
        Uint8, (n, n / 8 rounded up): packed bits, for each text one for each that it may copy.
        Bool, (n,): those that may copy or be copied.
    """
    marks, sizes = texts.marks, texts.sizes
    n_texts = len(sizes)
    near = np.zeros((n_texts, -(-n_texts // 8)), np.uint8)
    some = np.zeros(n_texts, np.bool_)
    least = np.bitwise_count(marks).sum(axis=1, dtype=np.int64)
    least -= np.floor((1 - LEAST_SHARED) * sizes).astype(np.int64) + 1
    words = np.ascontiguousarray(marks.T)
    step = max(1, PAIRS_AT_ONCE // max(1, n_texts))
    for start in range(0, n_texts, step):
        end = min(start + step, n_texts)
        agreed = np.zeros((end - start, end), np.uint16)
        for word in words:
            agreed += np.bitwise_count(word[start:end, None] & word[:end])
        shorter = sizes[start:end, None] <= sizes[:end]
        enough = agreed >= np.where(shorter, least[start:end, None], least[:end])
        enough &= np.arange(end) < np.arange(start, end)[:, None]
        packed = np.packbits(enough, axis=1)
        near[start:end, : packed.shape[1]] = packed
        some[start:end] |= enough.any(axis=1)
        some[:end] |= enough.any(axis=0)
    return near, some
