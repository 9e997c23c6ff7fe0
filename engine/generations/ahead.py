"""The live generation, opened and checked in a thread while who asks of it imports other things.

To check files and to read vectors takes the processor and not the interpreter, so it takes a
question no time beside imports, which take nothing else.
"""

from __future__ import annotations

from contextlib import suppress
from threading import Event, Thread

from engine.disk.layout import INDEX, INDEX_TAIL, Layout
from engine.errors import EngineError
from engine.generations.generation import Generation, open_live


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
    """Check the index and the sampled vectors, which are then not checked again."""
    for file in (INDEX, INDEX_TAIL):
        if file in generation.manifest.files:
            generation.content(file)
    generation.sampled  # noqa: B018 - read on first use
