"""What the stages ask of each other; adapters satisfy these by shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TypeAlias, TypeVar

if TYPE_CHECKING:  # what prints imports this, and no arrays
    from engine.domain import Embeddings, Neighbours, Rows

P = TypeVar("P", bound="Part")
R = TypeVar("R")

Clock: TypeAlias = Callable[[], datetime]
"""Tells the time, aware and in UTC."""


class Closing(ABC):
    """What is closed at the end of a ``with``."""

    @abstractmethod
    def close(self) -> None:
        """Close it; safe to call twice."""

    def __enter__(self) -> Self:
        """Return the object itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


class Progress(Protocol):
    """Called as long work goes on; the command line draws it as a bar."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Say that `done` of `total` are finished; `stage` names what is counted.

        `total` is None where it is not known.
        """


def silent(stage: str, done: int, total: int | None) -> None:
    """Ignore progress."""


class Encoder(Protocol):
    """Turns texts into unit vectors."""

    @property
    def fingerprint(self) -> str:
        """Names everything that changes the vectors; equal fingerprints, equal vectors."""

    @property
    def dim(self) -> int:
        """Length of a vector."""

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text, in the order given; shape (n_texts, dim)."""


class Index(Protocol):
    """Finds the nearest rows by cosine."""

    @property
    def kind(self) -> str:
        """Name under which the manifest records it."""

    def __len__(self) -> int:
        """Return the number of rows."""

    def search(self, queries: Embeddings, k: int, *, within: Rows | None = None) -> Neighbours:
        """Return the k nearest rows of each query, only those in `within` if given.

        Clusters depend on the order of the articles as little as the last bits of these cosines
        do. Those of `engine.index.exact.rescored`, which the engine's indexes give, do not at all.
        """


class Part(Protocol):
    """Some of the work of a stage: large enough to be sent, small enough to be done again."""

    @property
    def name(self) -> str:
        """What messages call it, such as ``texts 1 to 256``."""


class Executor(Protocol):
    """Works on the parts of a stage, here or elsewhere; what comes of them is the same."""

    def map(
        self,
        make: Callable[[], Callable[[P], R]],
        parts: Iterable[P],
        *,
        accelerated: bool = False,
        spread: bool = False,
        lost: Callable[[P], R] | None = None,
    ) -> Iterator[tuple[P, R]]:
        """Yield each part with what comes of it, in the order of the parts.

        Parts are taken one by one as there are workers for them. What a worker was at when it
        was lost is given to another; an error that a task raises ends the stage, and comes out
        as it is.

        Parameters
        ----------
        make
            Called once for each worker, where that runs: loads what all parts need and returns
            the task, which depends on the part alone. It is pickled where that is elsewhere.
        parts
            Values that can be pickled.
        accelerated
            A worker does better with an accelerator, where there are any.
        spread
            A task uses all processors of its machine by itself, where it is given them.
        lost
            What comes of a part over which workers are lost whenever it is tried; without it
            the stage ends with an error.
        """

    def begin(self, load: Callable[[], object]) -> None:
        """Start workers of this machine that will surely be needed, beside what is done here.

        Parameters
        ----------
        load
            Imports what they need; it is pickled.
        """

    def close(self) -> None:
        """Let go of the workers; safe to call twice."""
