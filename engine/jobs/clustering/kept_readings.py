"""What the texts of a window say: kept from one run to the next, so that only new ones are read."""

from __future__ import annotations

import unicodedata

import numpy as np

from engine.disk.derived import read_arrays, write_arrays
from engine.disk.layout import Layout
from engine.domain import VERSION, Rows
from engine.jobs.base.scope import Ground
from engine.same_event.readings import FORM, Readings
from engine.same_event.window import Window, content_key

KEPT_FORM = f"readings {FORM} of engine {VERSION} with Unicode {unicodedata.unidata_version}"


def read_new(ground: Ground, view: Window) -> Readings:
    """Return what every article of `view` says, and keep it for the next run.

    What was read is known by the digest of all that an article is, so it cannot be that of
    another version of it.
    """
    path, executor = Layout(ground.corpus.path.parent).readings, ground.setup.executor
    arrays = read_arrays(path, KEPT_FORM)
    if arrays is None:
        read = Readings.by(executor, view)
    else:
        before = Readings.from_arrays(arrays)
        place = {content: row for row, content in enumerate(before.contents)}
        known = np.array(
            [place.get(content_key(view, row), -1) for row in range(len(view))], np.int64
        )
        old, new = np.flatnonzero(known >= 0), np.flatnonzero(known < 0)
        if not len(new) and len(before.contents) == len(view):
            return before.take(Rows(known))
        parts = before.take(Rows(known[old])), Readings.by(executor, view.take(Rows(new)))
        read = Readings.of_parts(parts).take(Rows(np.argsort(np.concatenate([old, new]))))
    write_arrays(path, KEPT_FORM, read.to_arrays())
    return read
