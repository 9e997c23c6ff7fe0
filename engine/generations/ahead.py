"""The live generation, opened and checked in a thread while who asks of it imports other things.

To check files and to read vectors takes the processor and not the interpreter, so it takes a
question no time beside imports, which take nothing else.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread

import numpy as np

from engine.disk.layout import INDEX, INDEX_TAIL, Layout
from engine.domain import Rows
from engine.errors import EngineError
from engine.generations.generation import Generation, open_live

SAMPLED_ARTICLES = 500
"""Articles of the base, evenly spaced, against whose dates and vectors hits are weighed: with
2,000 dates a query takes 10 ms more, and no score of an evaluation changes in its fourth digit."""


def sampled_rows(n_rows: int) -> Rows:
    """Return those of `n_rows` that hits are weighed against, ascending."""
    return Rows(np.arange(0, n_rows, max(1, n_rows // SAMPLED_ARTICLES)))


class OpenedAhead:
    """Opens the live generation of a base and reads what every search needs of it, in a thread.

    What cannot be opened or read is told by whoever opens or reads it next.

    Parameters
    ----------
    layout
        Where the base lies.
    """

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._generation: Generation | None = None
        self._opened, self._read = Event(), Event()
        Thread(target=self._work, name="opened ahead").start()

    @property
    def generation(self) -> Generation | None:
        """The generation, which this waits for; None where it cannot be opened."""
        self._opened.wait()
        return self._generation

    def wait(self) -> None:
        """Return once all is read."""
        self._read.wait()

    def _work(self) -> None:
        with suppress(EngineError, OSError):
            self._generation = open_live(self._layout)
        self._opened.set()
        with suppress(EngineError, OSError):
            if self._generation is not None:
                _read(self._generation)
        self._read.set()


def _read(generation: Generation) -> None:
    """Check the index and the vectors of `sampled_rows`, which are then not checked again."""
    for file in (INDEX, INDEX_TAIL):
        if file in generation.manifest.files:
            generation.content(file)
    generation.vectors(sampled_rows(len(generation)))
