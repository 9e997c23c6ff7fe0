"""Articles related to a text, a file or another article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain

import numpy as np

from engine.domain import Rows
from engine.errors import InputError
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.learnt import headline_language
from engine.jobs.querying.heads import Head, Seen, folded_heads
from engine.jobs.querying.hits import Hit, placed
from engine.jobs.querying.judging import Judged, backdrop, judged, known_mixture
from engine.jobs.querying.query import Query, centring, renewed, says_something
from engine.jobs.querying.ranking import (
    DENSE,
    EVENT,
    LEXICAL,
    MODES,
    Ranking,
    of_its_days,
    rank,
    united,
)
from engine.same_event.hits import JUDGED_HITS, hit_order
from engine.store import ArticleFilter

SPARE_HITS = 3
"""Hits fetched for each one wanted, since near-duplicates are folded afterwards."""

HITS_AT_ONCE = 8192
"""Hits in memory at once, of one query or of many: some 50 MB of texts and vectors."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which hits are wanted, and in which order.

    Attributes
    ----------
    k
        Most hits to return.
    which
        Consider only these articles; None considers all. Languages are said as codes or
        by their English names, outlets in any case.
    minimum
        Least cosine of a hit. None leaves out, by event, what is surely nothing: all hits
        where none is near. With another encoder than the built-in one, None leaves out
        nothing.
    fold
        Put near-duplicates of a better hit under it.
    mode
        One of `engine.jobs.querying.ranking.MODES`: what makes a hit better than another.

    Raises
    ------
    InputError
        `k` is not positive, or there is no such mode.
    """

    k: int = 10
    which: ArticleFilter | None = None
    minimum: float | None = None
    fold: bool = True
    mode: str = EVENT

    def __post_init__(self) -> None:
        """Refuse what cannot be wanted."""
        if self.k < 1:
            raise InputError(f"expected at least one hit to be asked for, got k = {self.k}")
        if self.mode not in MODES:
            raise InputError(f"expected a mode among {', '.join(MODES)}, got {self.mode!r}")

    @property
    def least(self) -> float:
        """Least cosine of a hit."""
        return -1.0 if self.minimum is None else self.minimum


BEST = Wanted()
"""The ten that most likely report the same event."""


def find_similar(
    reader: Reader, queries: Sequence[Query], wanted: Wanted = BEST, *, among: Rows | None = None
) -> list[list[Hit]]:
    """Return the articles nearest to each query, best first; none for a text of marks alone.

    Parameters
    ----------
    reader
        Of the base.
    queries
        What to search for; a stored article is never its own hit. What they find is read and
        judged together, which changes no answer.
    wanted
        Which hits, and in which order.
    among
        Only these rows, ascending, whatever `wanted` allows besides; None: all.

    Raises
    ------
    InputError, NotFoundError
        There is no such language, no such outlet.
    """
    queries = [renewed(reader, query) for query in queries]
    within = reader.rows(wanted.which)
    if among is not None:
        within = among if within is None else Rows(np.intersect1d(within, among))
    asked = [query for query in queries if says_something(query.article)]
    at_once = max(1, HITS_AT_ONCE // _spare(reader, _first_wanted(wanted)))
    hits = chain.from_iterable(
        _found(reader, asked[start : start + at_once], wanted, within)
        for start in range(0, len(asked), at_once)
    )
    found = [next(hits) if says_something(query.article) else [] for query in queries]
    exact = wanted.mode == LEXICAL or reader.generation.index.is_exact(within)
    return placed(reader, found, exact=exact, language=headline_language(reader.layout))


def _first_wanted(wanted: Wanted) -> int:
    """Return how many hits are looked for at first."""
    return max(wanted.k, JUDGED_HITS // SPARE_HITS) if wanted.mode == EVENT else wanted.k


def _spare(reader: Reader, n_wanted: int) -> int:
    return min(n_wanted * SPARE_HITS + 1, max(1, len(reader.generation)))


def _found(
    reader: Reader, queries: Sequence[Query], wanted: Wanted, within: Rows | None
) -> list[list[Hit]]:
    """Return the hits of each query."""
    heads: list[list[Head]] = [[] for _ in queries]
    short, n_wanted = list(range(len(queries))), _first_wanted(wanted)
    by_event = wanted.mode == EVENT
    soon = [of_its_days(reader, query, within) if by_event else None for query in queries]
    while short:
        some = [queries[place] for place in short]
        days = [soon[place] for place in short]
        rankings = _ranked(reader, some, days, _spare(reader, n_wanted), within, wanted)
        seen = Seen.of(reader, [ranking.rows for ranking in rankings])
        for place, ranking in zip(short, rankings, strict=True):
            heads[place] = folded_heads(seen, queries[place], ranking, wanted.fold)
        short = [
            place
            for place, ranking in zip(short, rankings, strict=True)
            if len(heads[place]) < wanted.k and not ranking.exhausted
        ]
        n_wanted *= 2
    if not by_event:
        found = judged(reader, queries, [some[: wanted.k] for some in heads])
    else:
        likely = judged(reader, queries, heads, near_only=wanted.minimum is None)
        found = [_in_order(some)[: wanted.k] for some in likely]
    return [[one.hit() for one in some] for some in found]


def _ranked(
    reader: Reader,
    queries: Sequence[Query],
    days: Sequence[Ranking | None],
    n_rows: int,
    within: Rows | None,
    wanted: Wanted,
) -> list[Ranking]:
    """Return what is near enough to each query; exhausted where more would find nothing else."""
    mode, all_there = wanted.mode, n_rows >= len(reader.generation)
    ranked = []
    for soon, found in zip(
        days, rank(reader, queries, n_rows, within=within, mode=mode), strict=True
    ):
        falling = mode in (EVENT, DENSE)
        enough = falling and not (found.cosines >= wanted.least).all()
        exhausted = found.exhausted or all_there or enough
        whole = united(found, soon)
        near = whole.cosines >= wanted.least
        ranked.append(Ranking(Rows(whole.rows[near]), whole.cosines[near], exhausted))
    return ranked


def _in_order(found: list[Judged]) -> list[Judged]:
    """Return what was judged, which comes in the order of its cosines, the best first."""
    order = hit_order(
        np.array([one.probability for one in found]), np.array([one.head.cosine for one in found])
    )
    return [found[place] for place in np.argsort(-order, kind="stable").tolist()]


def warm(reader: Reader) -> None:
    """Make what searches need of a generation, so that the first one need not wait for it."""
    reader.encode(["warm"])
    read_ahead(reader)
    for make in (centring, known_mixture):
        reader.once(make)
    reader.story_of("")


def read_ahead(reader: Reader) -> None:
    """Read the vectors of a generation that searches need, whatever is asked."""
    reader.generation.index  # noqa: B018 - read on first use
    reader.once(backdrop)
