"""Why two articles are held to be one event or not, in parts that a person can check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import regex

from engine.domain import UNDATED, Article, Rows, Story, Value
from engine.errors import InputError
from engine.index.faiss_build import build_index
from engine.jobs.base.reader import Reader
from engine.jobs.base.scope import CONTEXT
from engine.jobs.lookup.learnt import known_model, live_granularity
from engine.jobs.querying.heads import Head
from engine.jobs.querying.hits import Hit
from engine.jobs.querying.judging import weighed
from engine.jobs.querying.query import Query, embedded, renewed, stored_queries
from engine.same_event.evidence import weigh
from engine.same_event.explanation import Explanation, explain
from engine.same_event.features import pair_features
from engine.same_event.hits import first_with_others
from engine.same_event.mixture import probability
from engine.same_event.timing import TimeEvidence
from engine.same_event.window import Window, article_window
from engine.same_event.window_terms import WindowTerms
from engine.store import ArticleFilter
from engine.stories.partition import judge

BACKGROUND_ARTICLES = 100
"""Articles of the query's language in which the rarity of words is counted: enough to tell
a word of every second article from one of every tenth."""

SENTENCES = 12
"""Sentences of an article that are compared: about what its embedding has seen."""

_SENTENCE_END = regex.compile(r"(?<=[.!?…؟।][\p{Pf}\p{Pe}\"']?)\s+|(?<=[。！？])|\n+")
_SHORTEST = 12
"""Characters below which a sentence says nothing; a Chinese one says as much in a third."""


@dataclass(frozen=True, slots=True)
class Why(Value):
    """The parts of a score.

    Attributes
    ----------
    explanation
        What was measured and how it was weighed, and what both or only one of them names.
    sentences
        The two sentences, one of each article, that are nearest in meaning.
    sentence_cosine
        Their centred cosine, in [-1, 1].
    """

    explanation: Explanation
    sentences: tuple[str, str]
    sentence_cosine: float


@dataclass(frozen=True, slots=True)
class PairWhy(Value):
    """Why two stored articles are, or are not, in one story.

    Attributes
    ----------
    articles
        The two.
    stories
        The live story of each, or None.
    why
        The parts of the score, weighed as among the articles of their time.
    needed
        Probability from which a clustering holds two articles together by themselves; coarser
        stories need less.
    copies
        They are versions of one text, which is clustered once.
    """

    articles: tuple[Article, Article]
    stories: tuple[Story | None, Story | None]
    why: Why
    needed: float
    copies: bool


def why(reader: Reader, query: Query, hits: Sequence[Hit]) -> list[Why]:
    """Explain each of `hits`, in order, as their probabilities were weighed.

    Raises
    ------
    NotFoundError
        The query or a hit was found in an earlier generation and is gone.
    """
    explained = explanations(reader, query, hits)
    if not explained:
        return []
    nearest = _nearest_sentences(reader, [query.article, *(hit.article for hit in hits)])
    return [Why(part, *found) for part, found in zip(explained, nearest, strict=True)]


def explanations(reader: Reader, query: Query, hits: Sequence[Hit]) -> list[Explanation]:
    """Return `why` without the nearest sentences, which take an encoder most of a second a hit.

    Raises
    ------
    NotFoundError
        The query or a hit was found in an earlier generation and is gone.
    """
    if not hits:
        return []
    query = renewed(reader, query)
    stored = stored_queries(reader, [hit.article.id for hit in hits])
    hits = [replace(hit, row=found.row) for hit, found in zip(hits, stored, strict=True)]
    heads = [
        Head(found.row, hit.cosine, hit.article, found.vector[0], [])
        for hit, found in zip(hits, stored, strict=True)
    ]
    features, evidence = weighed(reader, [query], [heads])
    view = _view(reader, query, hits)
    return explain(view, first_with_others(1 + len(hits)), features, evidence)


def why_pair(reader: Reader, first: str, second: str) -> PairWhy:
    """Explain two stored articles as a clustering of the articles of their time weighs them.

    Parameters
    ----------
    reader
        Of the base.
    first, second
        Ids of the articles.

    Raises
    ------
    InputError
        Both ids are the same.
    NotFoundError
        There is no such article, or it is not indexed yet.
    """
    if first == second:
        raise InputError(f"expected two articles to compare, got {first!r} twice")
    generation = reader.generation
    queries = stored_queries(reader, [first, second])
    rows, articles = _of_their_time(reader, queries)
    view = article_window(articles, np.ascontiguousarray(generation.vectors(rows)))
    model = reader.once(known_model)
    judged = judge(view, build_index, model=model)
    pair = np.searchsorted(rows, [[query.row for query in queries]]).astype(np.int64)
    features = pair_features(view, pair, WindowTerms.of(view))
    timing = TimeEvidence(view.published, model)
    evidence = weigh(features, timing, model, mixture=judged.evidence.mixture)
    one, other = (query.article for query in queries)
    needed = model.penalty - model.lenience - live_granularity(reader)
    (nearest,) = _nearest_sentences(reader, [one, other])
    return PairWhy(
        articles=(one, other),
        stories=(reader.story_of(first), reader.story_of(second)),
        why=Why(explain(view, pair, features, evidence)[0], *nearest),
        needed=float(probability(np.array(needed / model.temperature))),
        copies=len(set(judged.stands_for[pair[0]].tolist())) == 1,
    )


def _of_their_time(reader: Reader, queries: Sequence[Query]) -> tuple[Rows, list[Article]]:
    """Return the two articles with the `CONTEXT` nearest to them in time, and their rows.

    Where neither has a date, these are the latest.
    """
    generation = reader.generation
    dates = np.where(generation.published == UNDATED, np.nan, generation.published)
    mine = np.array([query.row for query in queries], np.int64)
    known = dates[mine][~np.isnan(dates[mine])]
    if not len(known):
        known = generation.published.max(keepdims=True)
    gaps = np.abs(dates[:, None] - known).min(axis=1)
    near = np.argsort(gaps, kind="stable")[:CONTEXT]  # undated ones come last
    return reader.still_there(Rows(np.union1d(near, mine).astype(np.int64)))


def _view(reader: Reader, query: Query, hits: Sequence[Hit]) -> Window:
    """Return the query, the hits, and others among which words are rare or common."""
    language = ArticleFilter(languages=(query.article.language,))
    corpus, generation = reader.corpus, reader.generation
    found = generation.rows_of(corpus.articles.keys(language))
    own = found[found >= 0]
    taken = np.array([query.row, *(hit.row for hit in hits)], np.int64)
    others = np.setdiff1d(own[:: max(1, len(own) // BACKGROUND_ARTICLES)], taken)
    rows, background = reader.still_there(Rows(others))
    shown = Rows(np.concatenate([taken[1:], rows]))
    return article_window(
        [query.article, *(hit.article for hit in hits), *background],
        np.concatenate([query.vector, generation.vectors(shown)]),
    )


def sentences(article: Article) -> list[str]:
    """Return the first sentences of an article, its title among them; never none."""
    found = [article.title, *_SENTENCE_END.split(article.body)]
    cleaned = [text.strip() for text in found if text and text.strip()]
    long = [text for text in cleaned if len(text.encode()) >= _SHORTEST]
    return (long or cleaned)[:SENTENCES]


def _nearest_sentences(
    reader: Reader, articles: Sequence[Article]
) -> list[tuple[tuple[str, str], float]]:
    """Return the nearest sentences of the first article and each other, and their cosine."""
    split = [sentences(article) for article in articles]
    texts = [text for found in split for text in found]
    languages = [a.language for a, found in zip(articles, split, strict=True) for _ in found]
    vectors = embedded(reader, texts, languages)
    ends = np.cumsum([len(found) for found in split])
    groups = np.split(vectors, ends[:-1])
    nearest = []
    for other, group in zip(split[1:], groups[1:], strict=True):
        cosines = groups[0] @ group.T
        mine, its = divmod(int(cosines.argmax()), len(other))
        nearest.append(((split[0][mine], other[its]), float(cosines[mine, its])))
    return nearest
