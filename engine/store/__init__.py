"""The corpus: articles, full text and the embedding cache in one SQLite file."""

from engine.store.articles import ArticleFilter, UpsertCounts
from engine.store.corpus import Corpus

__all__ = ["ArticleFilter", "Corpus", "UpsertCounts"]
