"""The corpus: articles, full text, embedding cache and story ledger in one SQLite file."""

from engine.store.articles import ArticleFilter
from engine.store.corpus import Corpus
from engine.store.embeddings import DamagedVectorsError
from engine.store.forgetting import id_digest
from engine.store.runs import NO_RUN, Correction, Move, Run, RunContent, RunFacts, StageMove
from engine.store.upserting import UpsertCounts

__all__ = [
    "NO_RUN",
    "ArticleFilter",
    "Corpus",
    "Correction",
    "DamagedVectorsError",
    "Move",
    "Run",
    "RunContent",
    "RunFacts",
    "StageMove",
    "UpsertCounts",
    "id_digest",
]
