"""Articles related to a text, a file or another article."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.domain import Article, Rows, embedding_text
from engine.encoding import Centring
from engine.errors import InputError, MismatchError, NotFoundError
from engine.generations.generation import UNDATED, Generation
from engine.jobs.calibrate import base_mixture, base_model
from engine.jobs.glimpse import glimpsed_mixture
from engine.jobs.query import Query, says_something
from engine.jobs.ranking import DENSE, EVENT, rank, with_its_days
from engine.jobs.scope import article_window
from engine.protocols import Encoder
from engine.same_event.copies import Telling, is_copy, states_otherwise
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
from engine.store import ArticleFilter, Corpus

NEAR_DUPLICATE_COSINE = 0.97
"""Centred cosine from which two hits are folded into one, unless they state other numbers:
wire copies and updated versions of the shipped sample lie above, separate reports of one
event below."""

EDITED_COSINE = 0.8
"""Centred cosine from which the words of two hits are compared; copies lie far above."""

SAMPLED_ARTICLES = 500
"""Articles of the base, evenly spaced, against whose dates and vectors hits are weighed: with
2,000 dates a query takes 10 ms more, and no score of an evaluation changes in its fourth digit."""

SPARE_HITS = 3
"""Hits fetched for each one wanted, since near-duplicates are folded afterwards."""


@dataclass(frozen=True, slots=True)
class Hit:
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
    """

    article: Article
    cosine: float
    probability: float
    row: int
    folded: tuple[str, ...] = ()


def embed_query(article: Article, encoder: Encoder, generation: Generation) -> Query:
    """Return `article` as a query, embedded and centred as the articles were.

    Raises
    ------
    MismatchError
        The encoder makes other vectors than the generation holds.
    """
    expected = generation.manifest.fingerprint
    if encoder.fingerprint != expected:
        raise MismatchError(
            f"the generation was made with encoder {expected}, this engine has "
            f"{encoder.fingerprint}; run 'engine rebuild'"
        )
    raw = encoder.encode([embedding_text(article.title, article.body)])
    centring = Centring.from_bytes(generation.centring)
    return Query(article, centring.apply(raw, [article.language]))


def stored_query(id_: str, corpus: Corpus, generation: Generation) -> Query:
    """Return an indexed article as a query.

    Raises
    ------
    NotFoundError
        There is no such article, or it was ingested after the last rebuild.
    """
    key = corpus.articles.keys_of([id_]).get(id_)
    if key is None:
        raise NotFoundError(f"there is no article with id {id_!r}")
    row = generation.rows_of(np.array([key], np.int64))
    if row[0] < 0:
        raise NotFoundError(f"article {id_!r} is not indexed yet; run 'engine rebuild'")
    vector = np.ascontiguousarray(generation.vectors(row))
    return Query(corpus.articles.by_keys([key])[key], vector, int(row[0]))


def find_similar(
    query: Query,
    corpus: Corpus,
    generation: Generation,
    *,
    k: int = 10,
    which: ArticleFilter | None = None,
    minimum: float | None = None,
    fold: bool = True,
    mode: str = EVENT,
) -> list[Hit]:
    """Return the articles nearest to the query, best first; none for a text of marks alone.

    Parameters
    ----------
    query
        What to search for; a stored article is never its own hit.
    corpus, generation
        Where to search.
    k
        Most hits to return.
    which
        Consider only these articles.
    minimum
        Least cosine of a hit. None leaves out, by event, what is surely nothing: all hits
        where none is near. With another encoder than the built-in one, None leaves out
        nothing.
    fold
        Put near-duplicates of a better hit under it.
    mode
        One of `ranking.MODES`: what makes a hit better than another.

    Raises
    ------
    InputError
        `k` is not positive, or there is no such mode.
    """
    if k < 1:
        raise InputError(f"expected at least one hit to be asked for, got k = {k}")
    if not says_something(query.article):
        return []
    least = -1.0 if minimum is None else minimum
    within = generation.rows_of(corpus.articles.keys(which)) if which else None
    if within is not None:
        within = within[within >= 0]
    wanted = max(k, JUDGED_HITS // SPARE_HITS) if mode == EVENT else k
    while True:
        asked = min(wanted * SPARE_HITS + 1, max(1, len(generation)))
        found = rank(query, corpus, generation, asked, within=within, mode=mode)
        falling = mode in (EVENT, DENSE)
        exhausted = found.exhausted or (falling and not (found.cosines >= least).all())
        if mode == EVENT:
            found = with_its_days(found, query, generation, within)
        near = found.cosines >= least
        hits = _hits(query, corpus, generation, found.rows[near], found.cosines[near], fold)
        if len(hits) >= k or exhausted:
            break
        wanted *= 2
    if mode != EVENT:
        return _judged(query, hits[:k], corpus, generation)
    judged = _judged(query, hits, corpus, generation, near_only=minimum is None)
    order = hit_order(
        np.array([hit.probability for hit in judged]), np.array([hit.cosine for hit in judged])
    )
    # Hits are in the order of cosines until here, which equal ones keep.
    return [judged[place] for place in np.argsort(-order, kind="stable")[:k].tolist()]


def backdrop(generation: Generation) -> Backdrop:
    """Return articles of the base, evenly spaced by row."""
    rows = np.arange(0, len(generation), max(1, len(generation) // SAMPLED_ARTICLES))
    dates = generation.published[rows]
    published = np.where(dates == UNDATED, np.nan, dates.astype(np.float64))
    return Backdrop(published, generation.vectors(rows))


def _hits(
    query: Query,
    corpus: Corpus,
    generation: Generation,
    rows: Rows,
    cosines: np.typing.NDArray[np.float32],
    fold: bool,
) -> list[Hit]:
    """Return the articles of `rows` but the query itself, folded if asked for."""
    articles = corpus.articles.by_keys(generation.keys[rows].tolist())
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


def _judged(
    query: Query,
    hits: list[Hit],
    corpus: Corpus,
    generation: Generation,
    *,
    near_only: bool = False,
) -> list[Hit]:
    """Return `hits` with the probability of each, without those that are surely nothing."""
    if not hits:
        return hits
    features, evidence = weighed(query, hits, corpus, generation)
    curve = curve_of(generation.manifest.fingerprint)
    shown = np.ones(len(hits), np.bool_)
    if near_only and curve is not None:
        shown = worth_showing(features.cosines, evidence, curve)
    chances = evidence.probabilities
    return [
        replace(hit, probability=chance)
        for hit, chance, here in zip(hits, chances.tolist(), shown.tolist(), strict=True)
        if here
    ]


def weighed(
    query: Query, hits: Sequence[Hit], corpus: Corpus, generation: Generation
) -> tuple[Features, Evidence]:
    """Weigh whether each of `hits` reports the event of the query, as the base knows events."""
    rows = np.array([hit.row for hit in hits], np.int64)
    view = article_window(
        [query.article, *(hit.article for hit in hits)],
        np.concatenate([query.vector, generation.vectors(rows)]),
    )
    model = base_model(corpus.path.parent)
    return weigh_hits(
        view,
        first_with_others(len(view)),
        backdrop(generation),
        model=model,
        mixture=base_mixture(corpus, generation) or glimpsed_mixture(generation, model),
        curve=curve_of(generation.manifest.fingerprint),
    )
