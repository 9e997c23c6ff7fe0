"""The corpus: articles, full text, embedding cache and story ledger in one SQLite file."""

from engine.store.articles import ArticleFilter, UpsertCounts
from engine.store.corpus import Corpus
from engine.store.forgetting import id_digest
from engine.store.runs import NO_RUN, Correction, Event, Move, Run, RunContent

__all__ = [
    "NO_RUN",
    "ArticleFilter",
    "Corpus",
    "Correction",
    "Event",
    "Move",
    "Run",
    "RunContent",
    "UpsertCounts",
    "id_digest",
]
