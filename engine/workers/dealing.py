"""Dealing the parts of a stage out to workers that may be lost.

A part goes to a worker that is free; what a worker was at when it was lost goes to another. No
more than some parts for each worker are held.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Generic, TypeVar

from engine.errors import WorkError
from engine.protocols import Part
from engine.workers.local import ATTEMPTS

P = TypeVar("P", bound=Part)
R = TypeVar("R")
W = TypeVar("W")

AHEAD = 2
"""Parts for each worker that are handed out, or done before one that comes first: with more, a
slow part would hold up the others less often, and a driver that is killed would lose more."""


class LostError(Exception):
    """A worker ended before it had answered."""


class Crew(ABC, Generic[P, R, W]):
    """The workers of one stage; every worker is at one thing at most.

    Attributes
    ----------
    most
        Workers at most, at least 1.
    """

    most: int

    @abstractmethod
    def enlist(self) -> W:
        """Return one more worker, which begins by making its state."""

    @abstractmethod
    def give(self, worker: W, part: P) -> None:
        """Let a worker that is free work on a part."""

    @abstractmethod
    def ended(self, busy: Collection[W]) -> W:
        """Wait until one of these workers has ended what it was at, or was lost, and return it."""

    @abstractmethod
    def answer(self, worker: W) -> R:
        """Return what came of it; of making a state nothing that counts.

        Raises
        ------
        LostError
            The worker was lost. What else is raised is what the task raised.
        """

    @abstractmethod
    def discard(self, worker: W) -> None:
        """Forget a worker, and end it should it still be there."""


@dataclass(frozen=True, slots=True)
class _Try(Generic[P]):
    """A part that is to be done.

    Attributes
    ----------
    number
        Of the part among all, from 0.
    attempt
        The how manieth attempt it is.
    """

    part: P
    number: int
    attempt: int = 1


class Dealing(Generic[P, R, W]):
    """A stage that goes on: no more workers than there are parts for.

    Parameters
    ----------
    crew
        The workers.
    lost
        What comes of a part over which workers are lost whenever it is tried; None: an error.

    Attributes
    ----------
    free
        Workers that are at nothing.
    busy
        Those that are at a part; None: at making their state.
    """

    def __init__(self, crew: Crew[P, R, W], lost: Callable[[P], R] | None = None) -> None:
        """Begin without a worker."""
        self._crew = crew
        self._of_lost = lost
        self.free: list[W] = []
        self.busy: dict[W, _Try[P] | None] = {}
        self._queue: deque[_Try[P]] = deque()
        self._done: dict[int, tuple[P, R]] = {}
        self._n_lost = 0

    def answers(self, parts: Iterable[P]) -> Iterator[tuple[P, R]]:
        """Yield each part with what comes of it, in their order.

        Raises
        ------
        WorkError
            Workers are lost over a part whenever it is tried, or before they do anything.
        """
        waiting = (_Try(part, number) for number, part in enumerate(parts))
        at = 0
        while True:
            self._hand_out()  # whoever is free need not wait until more parts are made
            taken = len(self._queue) + self._n_tried() + len(self._done)
            self._queue.extend(islice(waiting, max(0, AHEAD * self._crew.most - taken)))
            self._hand_out()
            if at in self._done:
                yield self._done.pop(at)
                at += 1
            elif self._queue or self._n_tried():
                self._collect()
            else:
                return

    def _n_tried(self) -> int:
        return sum(tried is not None for tried in self.busy.values())

    def _hand_out(self) -> None:
        """Give parts to workers that are free, and ask for more of these where they lack."""
        while self._queue and self.free:
            worker, tried = self.free.pop(), self._queue.popleft()
            self.busy[worker] = tried
            self._crew.give(worker, tried.part)
        wanted = min(self._crew.most, len(self._queue) + self._n_tried())
        while len(self.free) + len(self.busy) < wanted:
            self.busy[self._crew.enlist()] = None

    def _collect(self) -> None:
        """Wait until a worker has ended what it was at, and take in what comes of it."""
        worker = self._crew.ended(self.busy)
        tried = self.busy.pop(worker)
        self.free.append(worker)
        try:
            result = self._crew.answer(worker)
        except LostError as error:
            self.free.remove(worker)
            self._crew.discard(worker)
            self._lost(tried, error)
            return
        if tried is not None:
            self._take(tried, result)

    def _take(self, tried: _Try[P], result: R) -> None:
        self._done[tried.number] = tried.part, result
        self._n_lost = 0

    def _lost(self, tried: _Try[P] | None, error: LostError) -> None:
        """Let the part of a lost worker be tried again, unless that was done often enough."""
        self._n_lost += 1
        if tried is not None and tried.attempt == ATTEMPTS:
            if self._of_lost is not None:
                self._take(tried, self._of_lost(tried.part))
                return
            raise WorkError(
                f"{tried.part.name}: {ATTEMPTS} workers were lost over it; it may need more memory "
                "than there is where they run"
            ) from error
        if self._n_lost > ATTEMPTS * self._crew.most:
            raise WorkError(f"{self._n_lost} workers were lost, at last: {error}") from error
        if tried is not None:
            self._queue.appendleft(replace(tried, attempt=tried.attempt + 1))
