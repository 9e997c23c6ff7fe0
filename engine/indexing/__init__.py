"""Nearest rows by cosine, and the generations in which they are published."""

from engine.indexing.archive import export_archive, import_archive
from engine.indexing.drafting import Draft, GenerationContent, draft, draft_changes
from engine.indexing.exact import ExactIndex, recall
from engine.indexing.faiss_build import KINDS, build_index
from engine.indexing.faiss_index import FaissIndex
from engine.indexing.generations import UNDATED, Generation, live_name, open_generation, open_live
from engine.indexing.layout import Layout
from engine.indexing.lock import AT_ONCE, migrating, writing
from engine.indexing.maintenance import (
    GenerationEntry,
    discard,
    disk_bytes,
    list_generations,
    prune,
    rollback,
    verify,
)
from engine.indexing.manifest import Manifest
from engine.indexing.publishing import publish, publish_stories
from engine.indexing.staging import RowBlock
from engine.indexing.tuning import RECALL

__all__ = [
    "AT_ONCE",
    "KINDS",
    "RECALL",
    "UNDATED",
    "Draft",
    "ExactIndex",
    "FaissIndex",
    "Generation",
    "GenerationContent",
    "GenerationEntry",
    "Layout",
    "Manifest",
    "RowBlock",
    "build_index",
    "discard",
    "disk_bytes",
    "draft",
    "draft_changes",
    "export_archive",
    "import_archive",
    "list_generations",
    "live_name",
    "migrating",
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
