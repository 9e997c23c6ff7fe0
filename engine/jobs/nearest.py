"""The nearest articles of each article that a run clusters, found by its workers."""

from __future__ import annotations

import tempfile
from pathlib import Path

from engine.disk.files import storage_errors
from engine.disk.layout import STAGING_PREFIX, Layout
from engine.domain import Rows
from engine.index.time_shards import nearest_in_shards
from engine.jobs.scope import REOPEN, Ground
from engine.same_event.candidates import CROWDED_NEIGHBOURS
from engine.same_event.window import Window

SHARD_ROWS = 1 << 20
"""Articles of a shard at most: 1.6 GB of vectors at 384 dimensions, which a worker maps and the
page cache holds. A search in one takes half as long again as in one of a
tenth (decision 5), so few large shards cost less than many small ones."""


def nearest_by_workers(ground: Ground, view: Window) -> Rows:
    """Return the nearest rows of each article of `view`, nearest first, mostly itself before.

    Beyond `SHARD_ROWS` articles, those that are certainly farther apart than `REOPEN` are
    not compared. The shards lie in the base, where workers on other machines find them.

    Returns
    -------
    numpy.ndarray
        Int64, shape (n, at most `CROWDED_NEIGHBOURS` + 1), padded with -1.

    Raises
    ------
    StorageError
        The disk is full or cannot be written.
    """
    generations = Layout(ground.corpus.path.parent).generations
    with (
        storage_errors(generations),
        # What a killed run leaves is deleted by the next that stages anything.
        tempfile.TemporaryDirectory(prefix=STAGING_PREFIX, dir=generations) as folder,
    ):
        return nearest_in_shards(
            ground.setup.executor,
            Path(folder).resolve(),
            view.vectors,
            view.published,
            max(1, min(CROWDED_NEIGHBOURS + 1, len(view))),
            most_rows=SHARD_ROWS,
            reach=REOPEN.total_seconds(),
        )
