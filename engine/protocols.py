"""What the stages ask of each other; adapters satisfy these by shape."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self, TypeAlias

from engine.domain import Embeddings, Neighbours, Rows

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
        """Return the k nearest rows of each query, only those in `within` if given."""
