"""Nearest rows by cosine, and the generations in which they are published."""

from engine.indexing.exact import ExactIndex, recall
from engine.indexing.faiss_build import build_index
from engine.indexing.faiss_index import KINDS, FaissIndex
from engine.indexing.generations import UNDATED, Generation, live_name, open_generation, open_live
from engine.indexing.layout import Layout
from engine.indexing.lock import writing
from engine.indexing.maintenance import (
    GenerationEntry,
    discard,
    list_generations,
    prune,
    rollback,
    verify,
)
from engine.indexing.manifest import Manifest
from engine.indexing.publishing import GenerationContent, publish, publish_stories

__all__ = [
    "KINDS",
    "UNDATED",
    "ExactIndex",
    "FaissIndex",
    "Generation",
    "GenerationContent",
    "GenerationEntry",
    "Layout",
    "Manifest",
    "build_index",
    "discard",
    "list_generations",
    "live_name",
    "open_generation",
    "open_live",
    "prune",
    "publish",
    "publish_stories",
    "recall",
    "rollback",
    "verify",
    "writing",
]
