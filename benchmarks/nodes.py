"""A Ray cluster of two nodes on this machine, and what memory each of its nodes takes (Linux)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from engine.protocols import Executor
from engine.workers.on_ray import RayExecutor

SECONDS = 1.0
"""Between two looks at the memory."""

HELD = ("RssAnon:", "RssShmem:")
"""What a process holds for itself or in the object store; mapped files can be given up."""

MAPPED = ("RssFile:",)

Roots = dict[str, int]
"""Process ids by name: this process, and the one of each node that starts its workers."""


@contextmanager
def two_nodes() -> Iterator[tuple[Executor, Roots]]:
    """Give what works on a cluster of two nodes, each of one processor, and where they begin.

    Ray's workers give way to all else (niceness 15), so on a busy machine they would stand still.
    """
    from ray.cluster_utils import Cluster

    small = {"num_cpus": 1, "object_store_memory": 80_000_000}
    head = {"include_dashboard": False, "_system_config": {"worker_niceness": 0}}
    cluster = Cluster(initialize_head=True, head_node_args=head | small)
    cluster.add_node(**small)
    roots = {
        f"node {number}": node.all_processes["raylet"][0].process.pid
        for number, node in enumerate(cluster.list_all_nodes(), 1)
    }
    try:
        with RayExecutor(cluster.address) as on_ray:
            yield on_ray, roots
    finally:
        cluster.shutdown()


@contextmanager
def peaks_told(nodes: Roots) -> Iterator[None]:
    """Print the largest memory of this process and of all processes of each node, afterwards."""
    peaks = {"this process": (0, 0)} | dict.fromkeys(nodes, (0, 0))
    ended = Event()

    def look() -> None:
        while not ended.wait(SECONDS):
            trees = {"this process": [os.getpid()]} | _trees(nodes)
            for name, tree in trees.items():
                now = sum(_memory(pid, HELD) for pid in tree), sum(_memory(p, MAPPED) for p in tree)
                peaks[name] = max(peaks[name][0], now[0]), max(peaks[name][1], now[1])

    thread = Thread(target=look)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
        for name, (held, mapped) in peaks.items():
            print(f"{name}: {held} MB at most, and {mapped} MB of mapped files", flush=True)


def _trees(roots: Roots) -> dict[str, list[int]]:
    """Return all processes that began below each of `roots`, with itself."""
    parents = dict(_parents())
    trees = {name: [pid] for name, pid in roots.items()}
    for tree in trees.values():
        for pid in tree:  # it grows on the way
            tree.extend(child for child, parent in parents.items() if parent == pid)
    return trees


def _parents() -> Iterator[tuple[int, int]]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            yield int(path.parent.name), int(path.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue  # it has ended


def _memory(pid: int, kinds: tuple[str, ...]) -> int:
    """Return so much of the memory of a process, in MB; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(kinds)) // 1000
