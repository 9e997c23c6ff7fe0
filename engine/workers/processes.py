"""Working on the parts of a stage in several processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TypeVar, cast

from engine.errors import InputError
from engine.protocols import Closing, Part
from engine.workers.dealing import Crew, Dealing, LostError
from engine.workers.local import answered
from engine.workers.process import FORGET, load_nothing, work

P = TypeVar("P", bound=Part)
R = TypeVar("R")

START_SECONDS = 1.0
"""Time that parts take in this process before others are started. Two of them are up and have
imported what stages need after 0.9 to 1.5 s (four times, on a busy machine); who first works as
long as starting takes is done no later than twice as late as who had known how much there is (ski
rental: Karlin et al. 1988, "Competitive snoopy caching")."""

_ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
"""Each worker has a processor; more threads would only wait for each other."""

_STARTING = threading.Lock()
"""Held while the environment is another one."""


def expect_workers(n_workers: int) -> None:
    """Raise InputError unless there can be so many processes."""
    if n_workers < 1:
        raise InputError(f"expected at least one process to work, got workers = {n_workers}")


class ProcessExecutor(Closing):
    """Works on the parts of a stage in processes of this machine, which stay for later stages.

    Several threads may have stages at once, each with so many processes.

    They are started by importing the program's main module, which must be guarded by
    ``if __name__ == "__main__"``.

    Parameters
    ----------
    n_workers
        Processes at most, at least 1.
    start_after
        Seconds that parts take in this process before others are started.
    """

    def __init__(self, n_workers: int, start_after: float = START_SECONDS) -> None:
        self._n_workers = n_workers
        self._here = start_after
        self._idle: list[_Process] = []

    def map(
        self,
        make: Callable[[], Callable[[P], R]],
        parts: Iterable[P],
        *,
        accelerated: bool = False,  # noqa: ARG002 - what is made takes what is here
        spread: bool = False,
        lost: Callable[[P], R] | None = None,
    ) -> Iterator[tuple[P, R]]:
        """Yield each part with what comes of it; see `engine.protocols.Executor`.

        Raises
        ------
        WorkError
            Workers die of a part whenever it is tried, or before they do anything.
        """
        waiting = iter(parts)
        everything = spread or self._n_workers == 1
        yield from self._done_here(make, waiting, everything=everything)
        some = list(islice(waiting, 2))
        if len(some) < 2:
            yield from self._done_here(make, iter(some), everything=True)
            return
        crew = _Crew[P, R](self._n_workers, self._idle, make)
        dealing = Dealing(crew, lost)
        try:
            yield from dealing.answers(chain(some, waiting))
        finally:
            for worker in dealing.free:
                worker.send(FORGET)
            self._idle.extend(dealing.free)
            for worker in dealing.busy:
                worker.end()

    def _done_here(
        self, make: Callable[[], Callable[[P], R]], parts: Iterator[P], *, everything: bool
    ) -> Iterator[tuple[P, R]]:
        """Work on parts in this process, until that has taken as long as starting others."""
        task = None
        while everything or self._here > 0:
            began = time.perf_counter()
            part = next(parts, None)
            if part is None:
                return
            task = task or make()
            result = answered(task, part)
            if not everything:
                self._here -= time.perf_counter() - began
            yield part, result

    def begin(self, load: Callable[[], object]) -> None:
        """Start the processes that are not there; see `engine.protocols.Executor`."""
        self._here = 0.0
        while len(self._idle) < self._n_workers:
            self._idle.append(_Process(load))

    def close(self) -> None:
        """End the processes; safe to call twice."""
        while self._idle:
            self._idle.pop().end()


class _Process:
    """A process of this machine, and the way to it; it calls `load` before anything."""

    def __init__(self, load: Callable[[], object] = load_nothing) -> None:
        # A fork would copy the threads of progress bars and models in any state.
        context = multiprocessing.get_context("spawn")
        self.connection: Connection
        self.connection, other = context.Pipe()
        self._process: BaseProcess = context.Process(target=work, args=(other, load), daemon=True)
        with _STARTING, _surroundings(_ONE_THREAD):
            self._process.start()
        other.close()

    def send(self, message: bytes) -> None:
        """Send what it is to do next; should it be lost, its answer says so."""
        try:
            self.connection.send_bytes(message)
        except OSError:
            self._process.kill()

    def end(self) -> None:
        """End it; it holds nothing."""
        self._process.kill()
        self._process.join()
        self.connection.close()


class _Crew(Crew[P, R, "_Process"]):
    """The processes of one stage, those that are there before new ones."""

    def __init__(
        self, most: int, idle: list[_Process], make: Callable[[], Callable[[P], R]]
    ) -> None:
        self.most = most
        self._idle = idle
        self._make = _message(make, making=True)

    def enlist(self) -> _Process:
        try:
            worker = self._idle.pop()
        except IndexError:  # another thread may have had the last
            worker = _Process()
        worker.send(self._make)
        return worker

    def give(self, worker: _Process, part: P) -> None:
        worker.send(_message(part, making=False))

    def ended(self, busy: Collection[_Process]) -> _Process:
        ready = wait([worker.connection for worker in busy])
        return next(worker for worker in busy if worker.connection in ready)

    def answer(self, worker: _Process) -> R:
        try:
            answer = worker.connection.recv_bytes()
        except (EOFError, OSError) as error:
            raise LostError("a process of this machine ended") from error
        result, raised = pickle.loads(answer)  # noqa: S301 - of a process that was started here
        if raised is not None:
            raise raised
        return cast("R", result)

    def discard(self, worker: _Process) -> None:
        worker.end()


def _message(value: object, *, making: bool) -> bytes:
    return pickle.dumps((making, value), pickle.HIGHEST_PROTOCOL)


@contextmanager
def _surroundings(values: dict[str, str]) -> Iterator[None]:
    """Let processes that are started meanwhile find `values` in their environment."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
