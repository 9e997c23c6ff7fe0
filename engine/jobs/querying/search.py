"""Articles related to a text, a file or another article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np

from engine.domain import UNDATED, Article, Rows, embedding_text
from engine.encoding import Centring
from engine.errors import InputError, NotFoundError
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.learnt import base_mixture, glimpsed_mixture, headline_language, known_model
from engine.jobs.querying.heads import Head, Seen, folded_heads
from engine.jobs.querying.hits import Hit, placed
from engine.jobs.querying.query import Query, query_article, says_something
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
from engine.same_event.evidence import Evidence
from engine.same_event.features import Features
from engine.same_event.hit_curve import curve_of
from engine.same_event.hits import (
    JUDGED_HITS,
    Backdrop,
    hit_order,
    weigh_hits,
    worth_showing,
)
from engine.same_event.mixture import Mixture
from engine.same_event.timing import TimeEvidence
from engine.same_event.window import article_window
from engine.store import ArticleFilter

SAMPLED_ARTICLES = 500
"""Articles of the base, evenly spaced, against whose dates and vectors hits are weighed: with
2,000 dates a query takes 10 ms more, and no score of an evaluation changes in its fourth digit."""

SPARE_HITS = 3
"""Hits fetched for each one wanted, since near-duplicates are folded afterwards."""

HITS_AT_ONCE = 8192
"""Hits in memory at once, of one query or of many: some 50 MB of texts and vectors."""

PROBABILITY_DIGITS = 9
"""Digits of a probability: those after the 15th depend on how many are worked out at once, and
hits that are equal but for them must keep their order."""


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


def embed_queries(reader: Reader, articles: Sequence[Article]) -> list[Query]:
    """Return `articles` as queries, embedded at once and centred as the stored ones were.

    Raises
    ------
    MismatchError
        The encoder makes other vectors than the generation holds.
    """
    if not articles:
        return []
    raw = reader.encode([embedding_text(one.title, one.body) for one in articles])
    centred = reader.once(centring).apply(raw, [one.language for one in articles])
    name = reader.generation.name
    return [Query(one, centred[row : row + 1], generation=name) for row, one in enumerate(articles)]


def stored_queries(reader: Reader, ids: Sequence[str]) -> list[Query]:
    """Return indexed articles as queries.

    Raises
    ------
    NotFoundError
        There is no such article, or it was ingested after the last rebuild.
    """
    generation = reader.generation
    articles = reader.articles(ids)
    if missing := [id_ for id_ in ids if id_ not in articles]:
        raise NotFoundError(f"there is no article with id {missing[0]!r}")
    rows = reader.rows_of(ids)
    if (rows < 0).any():
        new = ids[int(rows.argmin())]
        raise NotFoundError(f"article {new!r} is not indexed yet; run 'engine rebuild'")
    vectors = np.ascontiguousarray(generation.vectors(rows))
    return [
        Query(articles[id_], vectors[place : place + 1], int(rows[place]), generation.name)
        for place, id_ in enumerate(ids)
    ]


def renewed(reader: Reader, query: Query) -> Query:
    """Return `query` as the generation of `reader` has it, where it was made for another.

    Raises
    ------
    NotFoundError
        It was a stored article, which is gone.
    """
    if query.generation == reader.generation.name:
        return query
    if query.row >= 0:
        return stored_queries(reader, [query.article.id])[0]
    return embed_queries(reader, [query.article])[0]


def one_query(
    reader: Reader,
    text: str | None = None,
    *,
    id_: str | None = None,
    file: Path | None = None,
    stdin: BinaryIO | None = None,
) -> Query:
    """Return what to search for, from a text, a stored article or a file; ``-`` is `stdin`.

    Raises
    ------
    InputError
        Not exactly one of the three is given, or nothing is left after cleaning.
    NotFoundError
        No such article is indexed.
    """
    if sum(value is not None for value in (text, id_, file)) != 1:
        raise InputError("expected exactly one of a text, an id and a file to search for")
    if id_ is not None:
        return stored_queries(reader, [id_])[0]
    article = query_article(text, file, stdin=stdin, fetched=reader.setup.now())
    return embed_queries(reader, [article])[0]


def as_queries(reader: Reader, asked: Sequence[Query | str]) -> list[Query]:
    """Return texts as queries, embedded at once, and queries as they are.

    Raises
    ------
    InputError
        Nothing is left of a text after cleaning.
    """
    now = reader.setup.now()
    texts = [text for text in asked if isinstance(text, str)]
    made = iter(embed_queries(reader, [query_article(text, None, fetched=now) for text in texts]))
    return [next(made) if isinstance(query, str) else query for query in asked]


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
        return _judged(reader, queries, [found[: wanted.k] for found in heads])
    judged = _judged(reader, queries, heads, near_only=wanted.minimum is None)
    return [_in_order(hits)[: wanted.k] for hits in judged]


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


def _in_order(hits: list[Hit]) -> list[Hit]:
    """Return judged hits, which come in the order of their cosines, the best first."""
    order = hit_order(
        np.array([hit.probability for hit in hits]), np.array([hit.cosine for hit in hits])
    )
    return [hits[place] for place in np.argsort(-order, kind="stable").tolist()]


def centring(reader: Reader) -> Centring:
    """Return what centres vectors as those of the generation were."""
    return Centring.from_bytes(reader.generation.centring)


def backdrop(reader: Reader) -> Backdrop:
    """Return articles of the base, evenly spaced by row."""
    generation = reader.generation
    rows = Rows(np.arange(0, len(generation), max(1, len(generation) // SAMPLED_ARTICLES)))
    dates = generation.published[rows]
    published = np.where(dates == UNDATED, np.nan, dates.astype(np.float64))
    timing = TimeEvidence(published, reader.once(known_model))
    return Backdrop(timing, generation.vectors(rows))


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


def known_mixture(reader: Reader) -> Mixture:
    """Return the mixture of the last clustering; before the first, one glimpsed at."""
    return base_mixture(reader) or glimpsed_mixture(reader)


def _judged(
    reader: Reader,
    queries: Sequence[Query],
    heads: Sequence[Sequence[Head]],
    *,
    near_only: bool = False,
) -> list[list[Hit]]:
    """Return the hits of each query with their probabilities, without what is surely nothing."""
    if not any(heads):
        return [[] for _ in heads]
    features, evidence = weighed(reader, queries, heads)
    curve = curve_of(reader.generation.manifest.fingerprint)
    chances = np.round(evidence.probabilities, PROBABILITY_DIGITS)
    ends = np.cumsum([len(found) for found in heads]).tolist()
    judged = []
    for found, end in zip(heads, ends, strict=True):
        own = slice(end - len(found), end)
        shown = np.ones(len(found), np.bool_)
        if near_only and curve is not None:
            shown = worth_showing(features.cosines[own], evidence.part(own), curve)
        judged.append(
            [
                Hit(head.article, head.cosine, chance, head.row, tuple(head.folded))
                for head, chance, here in zip(
                    found, chances[own].tolist(), shown.tolist(), strict=True
                )
                if here
            ]
        )
    return judged


def weighed(
    reader: Reader, queries: Sequence[Query], found: Sequence[Sequence[Hit | Head]]
) -> tuple[Features, Evidence]:
    """Weigh whether hits report the event of their query, as the base knows events.

    Parameters
    ----------
    reader
        Of the base.
    queries, found
        What was asked for, and what was found for each.

    Returns
    -------
    tuple
        Features and evidence of the hits of the first query, then of the second, and so on.
    """
    generation = reader.generation
    articles = {hit.row: hit.article for hits in found for hit in hits}
    rows = Rows(np.array(sorted(articles), np.int64))
    view = article_window(
        [*(query.article for query in queries), *(articles[row] for row in rows.tolist())],
        np.concatenate([*(query.vector for query in queries), generation.vectors(rows)]),
    )
    hit_rows = np.array([hit.row for hits in found for hit in hits], np.int64)
    asked = np.repeat(np.arange(len(queries)), [len(hits) for hits in found])
    pairs = np.stack([asked, len(queries) + np.searchsorted(rows, hit_rows)], axis=1)
    return weigh_hits(
        view,
        pairs,
        reader.once(backdrop),
        model=reader.once(known_model),
        mixture=reader.once(known_mixture),
        curve=curve_of(generation.manifest.fingerprint),
    )
