"""Why a hit was found, in parts that a person can check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex

from engine.clustering import Explanation, Window, document_counts, explain
from engine.domain import Article, Embeddings
from engine.encoding import Centring
from engine.indexing import Generation
from engine.pipeline.learning import base_model
from engine.pipeline.similar import Hit, Query
from engine.pipeline.window import article_window
from engine.protocols import Encoder
from engine.store import ArticleFilter, Corpus

BACKGROUND_ARTICLES = 100
"""Articles of the query's language in which the rarity of words is counted: enough to tell
a word of every second article from one of every tenth."""

SENTENCES = 12
"""Sentences of an article that are compared: about what its embedding has seen."""

_SENTENCE_END = regex.compile(r"(?<=[.!?…؟।][\p{Pf}\p{Pe}\"']?)\s+|(?<=[。！？])|\n+")
_SHORTEST = 12
"""Characters below which a sentence says nothing; a Chinese one says as much in a third."""


@dataclass(frozen=True, slots=True)
class Why:
    """The parts of a score.

    Attributes
    ----------
    explanation
        Cosine, hours between, and what names, terms and numbers are shared.
    sentences
        The two sentences, of the query and of the hit, that are nearest in meaning.
    sentence_cosine
        Their centred cosine, in [-1, 1].
    """

    explanation: Explanation
    sentences: tuple[str, str]
    sentence_cosine: float


def why(
    query: Query, hits: Sequence[Hit], encoder: Encoder, corpus: Corpus, generation: Generation
) -> list[Why]:
    """Explain each of `hits`, in order."""
    if not hits:
        return []
    articles = [query.article, *(hit.article for hit in hits)]
    split = [sentences(article) for article in articles]
    texts = [text for found in split for text in found]
    languages = [a.language for a, found in zip(articles, split, strict=True) for _ in found]
    centring = Centring.from_bytes(generation.centring)
    vectors = centring.apply(encoder.encode(texts), languages)
    ends = np.cumsum([len(found) for found in split])
    groups = np.split(vectors, ends[:-1])
    view = _view(query, hits, corpus, generation)
    counts = document_counts(view)
    return [
        _why(
            explain(view, 0, place, counts=counts, model=base_model(corpus.path.parent)),
            split[0],
            split[place],
            groups[0] @ groups[place].T,
        )
        for place in range(1, len(articles))
    ]


def _view(query: Query, hits: Sequence[Hit], corpus: Corpus, generation: Generation) -> Window:
    """Return the query, the hits, and others among which words are rare or common."""
    language = ArticleFilter(languages=(query.article.language,))
    own = generation.rows_of(corpus.articles.keys(language))
    own = own[own >= 0]
    taken = np.array([query.row, *(hit.row for hit in hits)], np.int64)
    rows = np.setdiff1d(own[:: max(1, len(own) // BACKGROUND_ARTICLES)], taken)
    stored = corpus.articles.by_keys(generation.keys[rows].tolist())
    rows = rows[[key in stored for key in generation.keys[rows].tolist()]]
    background = [stored[key] for key in generation.keys[rows].tolist()]
    shown = np.concatenate([taken[1:], rows])
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


def _why(
    explanation: Explanation, mine: Sequence[str], other: Sequence[str], cosines: Embeddings
) -> Why:
    """Return the parts; `cosines` has shape (len(mine), len(other))."""
    first, second = divmod(int(cosines.argmax()), len(other))
    return Why(explanation, (mine[first], other[second]), float(cosines[first, second]))
