"""What benchmarks/indexing.py compares: each builds, takes an effort and searches."""

from __future__ import annotations

import os
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import numpy as np

BLOCK = 1 << 15
SAMPLED = 20_000
"""Rows that a slow contender searches for."""


class Contender(Protocol):
    """One way to find neighbours."""

    def build(self, stored: np.ndarray) -> None:
        """Index `stored`, float16, (n, dim), memory-mapped."""

    def efforts(self) -> list[object]:
        """Return the settings to sweep."""

    def set_effort(self, effort: object) -> None:
        """Take one of `efforts`."""

    def n_searched(self, n_rows: int) -> int:
        """Return for how many rows to search."""

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        """Return the rows found, int64, (n_queries, k)."""


class Engine:
    """The engine's own index, drafted from blocks as a rebuild does, and tuned by itself."""

    def __init__(self) -> None:
        """Make a folder for the draft."""
        self._folder = tempfile.TemporaryDirectory()

    def build(self, stored: np.ndarray) -> None:
        """Index `stored`."""
        from engine.disk.layout import Layout
        from engine.disk.lock import writing
        from engine.domain import Keys, Revisions, Seconds
        from engine.generations.drafting import draft
        from engine.generations.staging import RowBlock

        layout = Layout(Path(self._folder.name))

        def blocks() -> Iterator[RowBlock]:
            for start in range(0, len(stored), BLOCK):
                rows = stored[start : start + BLOCK].astype(np.float32)
                keys = np.arange(start, start + len(rows))
                yield RowBlock(Keys(keys), Seconds(keys), Revisions(keys), rows)

        with writing(layout, command="benchmark") as lock:
            self._draft = draft(lock, blocks(), centring=b"")
        self._index = self._draft.content.index
        self._tuned = dict(self._index.parameters)

    def efforts(self) -> list[object]:
        """Return the settings to sweep."""
        if self._index.kind == "flat":
            return ["flat"]
        probes, refinement = self._tuned["n_probe"], self._tuned["refinement"]
        sweep = [(max(1, probes // 2), max(1, refinement // 2)), (2 * probes, 2 * refinement)]
        sweep += [(4 * probes, 4 * refinement), (8 * probes, 8 * refinement)]
        return [f"tuned {probes}/{refinement}", *sweep]

    def set_effort(self, effort: object) -> None:
        """Take one of `efforts`."""
        from engine.index.tuning import set_effort

        if self._index.kind != "flat":
            tuned = (self._tuned["n_probe"], self._tuned["refinement"])
            n_probe, refinement = effort if isinstance(effort, tuple) else tuned
            set_effort(self._index.native, self._index.kind, n_probe, refinement)

    def n_searched(self, n_rows: int) -> int:
        """Return for how many rows to search."""
        return n_rows

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        """Return the rows found."""
        return self._index.search(queries, k).rows


class Flat:
    """FAISS comparing everything with everything."""

    def build(self, stored: np.ndarray) -> None:
        """Index `stored`."""
        import faiss

        self._index = faiss.IndexFlatIP(stored.shape[1])
        for start in range(0, len(stored), BLOCK):
            self._index.add(stored[start : start + BLOCK].astype(np.float32))

    def efforts(self) -> list[object]:
        """Return the settings to sweep."""
        return ["everything"]

    def set_effort(self, effort: object) -> None:
        """Take one of `efforts`."""

    def n_searched(self, n_rows: int) -> int:
        """Return for how many rows to search."""
        return min(n_rows, 2000)

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        """Return the rows found."""
        found: np.ndarray = self._index.search(queries, k)[1]
        return found


class Hnswlib:
    """hnswlib with its usual graph: M = 16."""

    def build(self, stored: np.ndarray) -> None:
        """Index `stored`."""
        import hnswlib

        self._index = hnswlib.Index(space="ip", dim=stored.shape[1])
        self._index.init_index(len(stored), M=16, ef_construction=80)
        self._index.set_num_threads(os.cpu_count())
        for start in range(0, len(stored), BLOCK):
            self._index.add_items(stored[start : start + BLOCK].astype(np.float32))

    def efforts(self) -> list[object]:
        """Return the settings to sweep."""
        return [20, 40, 80, 160]

    def set_effort(self, effort: object) -> None:
        """Take one of `efforts`."""
        self._index.set_ef(effort)

    def n_searched(self, n_rows: int) -> int:
        """Return for how many rows to search."""
        return min(n_rows, SAMPLED)

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        """Return the rows found."""
        found: np.ndarray = self._index.knn_query(queries, k)[0]
        return found.astype(np.int64)


class Usearch:
    """usearch in half precision with its usual graph: connectivity 16."""

    def build(self, stored: np.ndarray) -> None:
        """Index `stored`."""
        from usearch.index import Index

        self._index = Index(
            ndim=stored.shape[1], metric="ip", dtype="f16", connectivity=16, expansion_add=80
        )
        for start in range(0, len(stored), BLOCK):
            rows = np.array(stored[start : start + BLOCK])
            self._index.add(np.arange(start, start + len(rows)), rows, threads=os.cpu_count())

    def efforts(self) -> list[object]:
        """Return the settings to sweep."""
        return [20, 40, 80, 160]

    def set_effort(self, effort: object) -> None:
        """Take one of `efforts`."""
        self._index.expansion_search = effort

    def n_searched(self, n_rows: int) -> int:
        """Return for how many rows to search."""
        return min(n_rows, SAMPLED)

    def search(self, queries: np.ndarray, k: int) -> np.ndarray:
        """Return the rows found."""
        matches = self._index.search(queries.astype(np.float16), k, threads=os.cpu_count())
        found: np.ndarray = matches.keys.reshape(len(queries), k)
        return found.astype(np.int64)


CONTENDERS: dict[str, Callable[[], Contender]] = {
    "engine": Engine,
    "hnswlib": Hnswlib,
    "usearch": Usearch,
    "flat": Flat,
}


class MemoryWatch:
    """Watches how much memory this process holds beyond mapped files."""

    def __init__(self) -> None:
        """Begin to watch."""
        self._peak = 0
        thread = threading.Thread(target=self._watch, daemon=True)
        thread.start()

    def _watch(self) -> None:
        while True:
            self.peak()
            threading.Event().wait(0.05)

    def peak(self) -> float:
        """Return the most so far in GiB; 0 where the system does not say."""
        status = Path("/proc/self/status")
        if status.exists():
            for line in status.read_text().splitlines():
                if line.startswith("RssAnon:"):
                    self._peak = max(self._peak, int(line.split()[1]))
        return self._peak / (1 << 20)
