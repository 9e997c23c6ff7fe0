"""Articles related to a text, a file or another article."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np

from engine.domain import UNDATED, Article, Keys, Rows, Value, embedding_text
from engine.encoding import Centring
from engine.errors import InputError, NotFoundError
from engine.jobs.filtering import as_stored
from engine.jobs.learnt import base_mixture, base_model, glimpsed_mixture
from engine.jobs.placing import stories_of
from engine.jobs.query import Query, says_something
from engine.jobs.ranking import DENSE, EVENT, LEXICAL, MODES, Ranking, nearest, rank, with_its_days
from engine.jobs.scope import article_window
from engine.jobs.session import Reader
from engine.same_event.copies import NEAR_DUPLICATE_COSINE, Telling, is_copy, states_otherwise
from engine.same_event.evidence import Evidence
from engine.same_event.features import Features
from engine.same_event.hit_curve import curve_of
from engine.same_event.hits import (
    JUDGED_HITS,
    Backdrop,
    first_with_others,
    hit_order,
    weigh_hits,
    worth_showing,
)
from engine.same_event.mixture import Mixture
from engine.store import ArticleFilter
from engine.words.headlines import headline_of, snippet

EDITED_COSINE = 0.8
"""Centred cosine from which the words of two hits are compared; copies lie far above."""

SAMPLED_ARTICLES = 500
"""Articles of the base, evenly spaced, against whose dates and vectors hits are weighed: with
2,000 dates a query takes 10 ms more, and no score of an evaluation changes in its fourth digit."""

SPARE_HITS = 3
"""Hits fetched for each one wanted, since near-duplicates are folded afterwards."""


@dataclass(frozen=True, slots=True)
class Hit(Value):
    """One related article.

    Attributes
    ----------
    article
        What was found.
    cosine
        Similarity to the query after language centring, in [-1, 1].
    probability
        That it reports the same event as the query, in [0, 1].
    row
        Its row in the generation.
    folded
        Ids of near-duplicates of this hit that were left out, nearest first.
    story
        Id of the story that it is in, or None.
    exact
        Whether every article that was asked for was compared with the query; else by an
        index that finds the share of them which `engine.jobs.status` tells.
    """

    article: Article
    cosine: float
    probability: float
    row: int
    folded: tuple[str, ...] = ()
    story: str | None = None
    exact: bool = True

    @property
    def headline(self) -> str:
        """What the article is called; never empty."""
        return headline_of(self.article.title, self.article.body, self.article.language)

    def to_dict(self) -> dict[str, Any]:
        """Return the hit as ``engine similar --json`` prints it."""
        article = self.article
        return {
            "id": article.id,
            "cosine": round(self.cosine, 4),
            "probability": round(self.probability, 4),
            "headline": self.headline,
            "title": article.title,
            "language": article.language,
            "source": article.source,
            "published_at": None if article.published is None else article.published.isoformat(),
            "url": article.url,
            "author": article.author,
            "folded": list(self.folded),
            "story": self.story,
            "snippet": snippet(article.title, article.body),
            "exact": self.exact,
        }


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
        One of `engine.jobs.ranking.MODES`: what makes a hit better than another.

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
    generation, stored = reader.generation, reader.corpus.articles
    keys = stored.keys_of(ids)
    if missing := [id_ for id_ in ids if id_ not in keys]:
        raise NotFoundError(f"there is no article with id {missing[0]!r}")
    rows = generation.rows_of(Keys(np.array([keys[id_] for id_ in ids], np.int64)))
    if (rows < 0).any():
        new = ids[int(rows.argmin())]
        raise NotFoundError(f"article {new!r} is not indexed yet; run 'engine rebuild'")
    vectors = np.ascontiguousarray(generation.vectors(rows))
    articles = stored.by_keys([keys[id_] for id_ in ids])
    return [
        Query(articles[keys[id_]], vectors[place : place + 1], int(rows[place]), generation.name)
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


def find_similar(
    reader: Reader, queries: Sequence[Query], wanted: Wanted = BEST
) -> list[list[Hit]]:
    """Return the articles nearest to each query, best first; none for a text of marks alone.

    Parameters
    ----------
    reader
        Of the base.
    queries
        What to search for; a stored article is never its own hit.
    wanted
        Which hits, and in which order.

    Raises
    ------
    InputError, NotFoundError
        There is no such language, no such outlet.
    """
    generation = reader.generation
    queries = [renewed(reader, query) for query in queries]
    within = None
    if wanted.which:
        which = as_stored(reader.corpus, wanted.which)
        rows = generation.rows_of(reader.corpus.articles.keys(which))
        within = Rows(rows[rows >= 0])
    n_wanted = wanted.k
    if wanted.mode == EVENT:
        n_wanted = max(n_wanted, JUDGED_HITS // SPARE_HITS)
    asked = [query for query in queries if says_something(query.article)]
    first: Iterator[Ranking | None] = repeat(None)
    if asked and wanted.mode in (EVENT, DENSE):
        first = iter(nearest(reader, asked, _spare(reader, n_wanted), within))
    found = [
        _found(reader, query, wanted, n_wanted, within, next(first))
        if says_something(query.article)
        else []
        for query in queries
    ]
    return _placed(reader, found, exact=wanted.mode == LEXICAL or generation.index.is_exact(within))


def _placed(reader: Reader, found: Sequence[list[Hit]], *, exact: bool) -> list[list[Hit]]:
    """Return the hits of all queries with the story of each, and how they were looked for."""
    rows = np.array([hit.row for hits in found for hit in hits], np.int64)
    keys = reader.generation.keys[rows]
    story = stories_of(reader, Keys(keys))
    stories = iter([story.get(key) for key in keys.tolist()])
    return [[replace(hit, story=next(stories), exact=exact) for hit in hits] for hits in found]


def _spare(reader: Reader, n_wanted: int) -> int:
    return min(n_wanted * SPARE_HITS + 1, max(1, len(reader.generation)))


def _found(
    reader: Reader,
    query: Query,
    wanted: Wanted,
    n_wanted: int,
    within: Rows | None,
    ranking: Ranking | None,
) -> list[Hit]:
    """Return the hits of one query; `ranking` has what was found of them already."""
    k, mode = wanted.k, wanted.mode
    while True:
        found = ranking or rank(reader, query, _spare(reader, n_wanted), within=within, mode=mode)
        falling = mode in (EVENT, DENSE)
        exhausted = found.exhausted or (falling and not (found.cosines >= wanted.least).all())
        if mode == EVENT:
            found = with_its_days(reader, query, found, within)
        near = found.cosines >= wanted.least
        hits = _hits(reader, query, Rows(found.rows[near]), found.cosines[near], wanted.fold)
        if len(hits) >= k or exhausted:
            break
        n_wanted, ranking = n_wanted * 2, None
    if mode != EVENT:
        return _judged(reader, query, hits[:k])
    judged = _judged(reader, query, hits, near_only=wanted.minimum is None)
    order = hit_order(
        np.array([hit.probability for hit in judged]), np.array([hit.cosine for hit in judged])
    )
    # Hits are in the order of cosines until here, which equal ones keep.
    return [judged[place] for place in np.argsort(-order, kind="stable")[:k].tolist()]


def centring(reader: Reader) -> Centring:
    """Return what centres vectors as those of the generation were."""
    return Centring.from_bytes(reader.generation.centring)


def backdrop(reader: Reader) -> Backdrop:
    """Return articles of the base, evenly spaced by row."""
    generation = reader.generation
    rows = Rows(np.arange(0, len(generation), max(1, len(generation) // SAMPLED_ARTICLES)))
    dates = generation.published[rows]
    published = np.where(dates == UNDATED, np.nan, dates.astype(np.float64))
    return Backdrop(published, generation.vectors(rows))


def known_mixture(reader: Reader) -> Mixture:
    """Return the mixture of the last clustering; before the first, one glimpsed at."""
    return base_mixture(reader) or glimpsed_mixture(reader)


def _hits(
    reader: Reader,
    query: Query,
    rows: Rows,
    cosines: np.typing.NDArray[np.float32],
    fold: bool,
) -> list[Hit]:
    """Return the articles of `rows` but the query itself, folded if asked for."""
    generation = reader.generation
    articles = reader.corpus.articles.by_keys(generation.keys[rows].tolist())
    vectors = generation.vectors(rows)
    tellings: dict[int, Telling] = {}
    heads: list[int] = []  # places in `rows`
    under: dict[int, list[str]] = {}
    for place, key in enumerate(generation.keys[rows].tolist()):
        article = articles.get(key)
        if article is None or rows[place] == query.row:
            continue
        telling = Telling(article.title, article.body, article.source)
        alike = (vectors[heads] @ vectors[place]).tolist() if fold and heads else []
        nearest_first = sorted(zip(alike, heads, strict=False), key=lambda pair: -pair[0])
        head = next((h for c, h in nearest_first if _is_near(c, tellings[h], telling)), None)
        if head is None:
            heads.append(place)
            tellings[place] = telling
            under[place] = []
        else:
            under[head].append(article.id)
    return [
        Hit(
            articles[int(generation.keys[rows[place]])],
            float(cosines[place]),
            0.0,
            int(rows[place]),
            tuple(under[place]),
        )
        for place in heads
    ]


def _is_near(cosine: float, first: Telling, second: Telling) -> bool:
    """Tell whether one hit says nothing that the other does not."""
    if cosine < NEAR_DUPLICATE_COSINE:
        return cosine >= EDITED_COSINE and is_copy(first, second)
    return not states_otherwise(first, second)


def _judged(reader: Reader, query: Query, hits: list[Hit], *, near_only: bool = False) -> list[Hit]:
    """Return `hits` with the probability of each, without those that are surely nothing."""
    if not hits:
        return hits
    features, evidence = weighed(reader, query, hits)
    curve = curve_of(reader.generation.manifest.fingerprint)
    shown = np.ones(len(hits), np.bool_)
    if near_only and curve is not None:
        shown = worth_showing(features.cosines, evidence, curve)
    chances = evidence.probabilities
    return [
        replace(hit, probability=chance)
        for hit, chance, here in zip(hits, chances.tolist(), shown.tolist(), strict=True)
        if here
    ]


def weighed(reader: Reader, query: Query, hits: Sequence[Hit]) -> tuple[Features, Evidence]:
    """Weigh whether each of `hits` reports the event of the query, as the base knows events."""
    generation = reader.generation
    rows = Rows(np.array([hit.row for hit in hits], np.int64))
    view = article_window(
        [query.article, *(hit.article for hit in hits)],
        np.concatenate([query.vector, generation.vectors(rows)]),
    )
    return weigh_hits(
        view,
        first_with_others(len(view)),
        reader.once(backdrop),
        model=base_model(reader.layout),
        mixture=reader.once(known_mixture),
        curve=curve_of(generation.manifest.fingerprint),
    )
