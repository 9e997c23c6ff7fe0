"""Where the text of each article of a story comes from: its outlet, an agency, another outlet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from engine.domain import Article, Origin, OriginKind
from engine.origins.agencies import credited_agency
from engine.same_event.copies import FEWEST_TRIPLES, LEAST_SHARED, hashed_triples
from engine.same_event.pairs import sorted_unique
from engine.words.addresses import host_of, outlet_name

TEXTS_AT_ONCE = 256
"""Texts whose words are found in one step, which takes 50 bytes a character."""

Numbers = npt.NDArray[np.int64]


def trace(stories: Sequence[Sequence[Article]]) -> list[list[Origin]]:
    """Return the origin of each article of each story.

    A text that has `LEAST_SHARED` of its word triples from an earlier one, or the other way
    round, is a copy of that: outlets cut agency reports short and add a paragraph of their own.
    An outlet that goes on with a text of its own follows up; one that prints its own text again
    in a later version repeats itself.

    Parameters
    ----------
    stories
        The articles of each in the order in which they came.

    Returns
    -------
    list of list of Origin
        One each, in the same order.
    """
    rows, triples = _triples([article.body for articles in stories for article in articles])
    ends = np.cumsum([len(articles) for articles in stories]).tolist()
    found = []
    for articles, end in zip(stories, ends, strict=True):
        first = end - len(articles)
        inside = slice(*np.searchsorted(rows, [first, end]).tolist())
        found.append(_traced(articles, _Texts(articles, rows[inside] - first, triples[inside])))
    return found


def _traced(articles: Sequence[Article], texts: _Texts) -> list[Origin]:
    copied = _copied(articles, texts)
    agencies: dict[str, str] = {}
    for article, (original, _) in zip(articles, copied, strict=True):
        # One outlet leaves the credit out, another prints it: it is of the text.
        if agency := credited_agency(article.raw or article.body, article.author):
            agencies.setdefault(original or article.id, agency)
    outlets = {
        article.id: outlet_name(article.source) or host_of(article.url) for article in articles
    }
    latest: dict[str, str] = {}
    found = []
    for article, (original, exact) in zip(articles, copied, strict=True):
        outlet, of = outlets[article.id], original
        agency = agencies.get(original or article.id, "")
        if original:
            own = bool(outlet) and outlet == outlets[original]
            kind = OriginKind.VERSION if own else OriginKind.COPY if exact else OriginKind.EDITED
        elif agency:
            kind = OriginKind.WIRE
        else:
            of = latest.get(outlet, "") if outlet else ""
            kind = OriginKind.FOLLOW_UP if of else OriginKind.ORIGINAL
        found.append(Origin(kind, of, agency, outlet, host_of(article.url)))
        latest[outlet] = article.id
    return found


def _copied(articles: Sequence[Article], texts: _Texts) -> list[tuple[str, bool]]:
    """Return the id of the text that each article copies, and whether word for word.

    The id is empty for one that copies none.
    """
    originals: dict[str, str] = {}
    found = []
    for number, article in enumerate(articles):
        whole = " ".join(f"{article.title}\n{article.body}".casefold().split())
        if whole in originals:
            found.append((originals[whole], True))
            continue
        original, exact = texts.nearest(number)
        if not original:
            texts.keep(number)
        originals[whole] = original or article.id
        found.append((original, exact))
    return found


class _Texts:
    """The texts of a story, and those of them that were no copy of an earlier one.

    Of two texts that share enough, one of the rarest triples of the shorter is in the other: a
    fifth of all may be missing, and there are one or two more of these. So texts that share only
    what many say are never compared (the prefix filter of Chaudhuri, Ganti and Kaushik 2006, "A
    primitive operator for similarity joins in data cleaning"). Nor are texts of which the shorter
    shares too little with all others together.

    Parameters
    ----------
    articles
        All of the story.
    rows, found
        Int64 and uint64, (n,): which of them has which triple, perhaps repeatedly.
    """

    def __init__(
        self, articles: Sequence[Article], rows: Numbers, found: npt.NDArray[np.uint64]
    ) -> None:
        self._ids = [article.id for article in articles]
        _, numbered = np.unique(found, return_inverse=True)
        n_triples = int(numbered.max(initial=0)) + 1
        rows, triples = np.divmod(sorted_unique(rows * n_triples + numbered), n_triples)
        n_texts = np.bincount(triples)[triples]
        sizes = np.bincount(rows, minlength=len(articles))
        self._sizes: list[int] = sizes.tolist()
        several = n_texts > 1  # what no other text has is never shared
        n_several = np.bincount(rows[several], minlength=len(articles))
        # One that is too short to be copied copies none.
        short = (sizes >= FEWEST_TRIPLES) & (n_several >= LEAST_SHARED * sizes)
        order = np.lexsort((n_texts, rows))
        rank = np.arange(len(rows)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        n_rarest = np.floor((1 - LEAST_SHARED) * sizes).astype(np.int64) + 2
        rare = order[(rank < n_rarest[rows]) & (short[rows] & several)[order]]
        asked = np.zeros(triples.max(initial=-1) + 1, np.bool_)
        asked[triples[rare]] = True
        self._rarest = _Lines(rows[rare], triples[rare], len(articles))
        several &= (sizes >= FEWEST_TRIPLES)[rows]
        among = np.flatnonzero(several & asked[triples])
        self._asked = _Lines(rows[among], triples[among], len(articles))
        self._shared = _Lines(rows[several], triples[several], len(articles))
        self._is_own = np.zeros(len(asked), np.bool_)
        self._holders: dict[int, list[int]] = defaultdict(list)
        self._rare_holders: dict[int, list[int]] = defaultdict(list)

    def keep(self, number: int) -> None:
        """Let a text that copies none be copied."""
        for triple in self._asked.of(number).tolist():
            self._holders[triple].append(number)
        for triple in self._rarest.of(number).tolist():
            self._rare_holders[triple].append(number)

    def nearest(self, number: int) -> tuple[str, bool]:
        """Return the kept text that shares most of the shorter one, the earliest of several."""
        near: set[int] = set()
        for triple in self._rarest.of(number).tolist():
            near.update(self._holders[triple])
        for triple in self._asked.of(number).tolist():
            near.update(self._rare_holders[triple])
        own, size = self._shared.of(number), self._sizes[number]
        best, most, exact = "", 0.0, False
        self._is_own[own] = True
        for other in sorted(near):
            n_shared = int(np.count_nonzero(self._is_own[self._shared.of(other)]))
            share = n_shared / min(size, self._sizes[other])
            if share >= LEAST_SHARED and share > most:
                exact = n_shared == size == self._sizes[other]
                best, most = self._ids[other], share
        self._is_own[own] = False
        return best, exact


class _Lines:
    """Columns of rows.

    Parameters
    ----------
    rows, columns
        Int64, (n,): the rows ascend.
    n_rows
        How many there are.
    """

    def __init__(self, rows: Numbers, columns: Numbers, n_rows: int) -> None:
        self._columns = columns
        self._starts = np.searchsorted(rows, np.arange(n_rows + 1)).tolist()

    def of(self, row: int) -> Numbers:
        """Return the columns of a row."""
        return self._columns[self._starts[row] : self._starts[row + 1]]


def _triples(bodies: Sequence[str]) -> tuple[Numbers, npt.NDArray[np.uint64]]:
    """Return which of many texts has which three words in a row; see `hashed_triples`."""
    rows, triples = [np.empty(0, np.int64)], [np.empty(0, np.uint64)]
    for first in range(0, len(bodies), TEXTS_AT_ONCE):
        some, found = hashed_triples(bodies[first : first + TEXTS_AT_ONCE])
        rows.append(first + some)
        triples.append(found)
    return np.concatenate(rows), np.concatenate(triples)
