"""Working on the parts of a stage on a Ray cluster.

Each processor of the cluster gets an actor that makes its own state once. A part goes to an
actor that is free; what an actor was at when it was lost, with its process or its node, goes to
another. The driver holds no more than some parts for each actor.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, Generic, TypeAlias, TypeVar

from engine.errors import MissingExtraError, WorkError
from engine.protocols import Closing, Part
from engine.workers.local import ATTEMPTS, answered

P = TypeVar("P", bound=Part)
R = TypeVar("R")

AHEAD = 2
"""Parts for each actor that are handed out, or done before one that comes first: with more, a
slow part would hold up the others less often, and a driver that is killed would lose more."""

Native: TypeAlias = Any
"""An object of Ray's own; none leaves this module."""


class RayExecutor(Closing):
    """Works on the parts of a stage on the nodes of a Ray cluster.

    Every node needs this engine, in the same version, and the folder of the base under the
    same path. The cluster is asked for when there are parts.

    Parameters
    ----------
    address
        What `ray.init` takes: ``"auto"`` or ``"ray://HOST:PORT"``.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._ray: Native = None
        self._connected = False

    def map(
        self,
        make: Callable[[], Callable[[P], R]],
        parts: Iterable[P],
        *,
        accelerated: bool = False,
    ) -> Iterator[tuple[P, R]]:
        """Yield each part with what comes of it; see `engine.protocols.Executor`.

        Raises
        ------
        MissingExtraError
            Ray is not installed.
        WorkError
            The cluster does not answer, or workers die of a part whenever it is tried.
        """
        ray = self._cluster()
        with _Pool[P, R](ray, make, accelerated=accelerated) as pool:
            yield from pool.answers(parts)

    def _cluster(self) -> Native:
        """Return Ray, connected to the cluster."""
        if self._ray is None:
            try:
                import ray
            except ImportError as error:
                raise MissingExtraError(
                    "working on a cluster needs one more package: "
                    "pip install 'news-story-engine[scale]'; --on local does without"
                ) from error
            self._ray = ray
        if not self._ray.is_initialized():
            self._connect()
            self._connected = True
        return self._ray

    def _connect(self) -> None:
        """Connect Ray to the cluster.

        Ray's server for clients forks one for each; where that does not begin, as it happens, the
        next may.
        """
        for attempt in range(1, ATTEMPTS + 1):
            try:
                # What workers print would mix with what is printed for machines.
                self._ray.init(address=self._address, log_to_driver=False)
            except (ConnectionError, RuntimeError, ValueError) as error:
                # A client that failed leaves Ray as one, which then connects to nothing else.
                self._ray.shutdown()
                if attempt < ATTEMPTS and isinstance(error, ConnectionAbortedError):
                    continue
                raise WorkError(
                    f"no Ray cluster answers at {self._address} ({error}); begin one with "
                    "'ray start --head', or work with --on local"
                ) from error
            return

    def close(self) -> None:
        """Leave the cluster; safe to call twice."""
        if self._connected:
            self._ray.shutdown()
            self._connected = False


class Worker:
    """What an actor does.

    Its state is made by a call and not with it, so that what fails says why.
    """

    def __init__(self, make: Callable[[], Callable[[Part], object]]) -> None:
        self._make = make

    def begin(self) -> None:
        """Make the state."""
        self._task = self._make()

    def answer(self, part: Part) -> object:
        """Return what comes of `part`; raises as `answered`."""
        return answered(self._task, part)


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


class _Pool(Closing, Generic[P, R]):
    """The actors of one stage: no more than there are parts for."""

    def __init__(
        self, ray: Native, make: Callable[[], Callable[[P], R]], *, accelerated: bool
    ) -> None:
        there = ray.cluster_resources()
        gpus = int(there.get("GPU", 0)) if accelerated else 0
        self._ray = ray
        self._most = max(1, gpus or int(there.get("CPU", 1)))
        self._actor = ray.remote(Worker).options(
            num_cpus=1, num_gpus=1 if gpus else 0, scheduling_strategy="SPREAD"
        )
        self._make = ray.put(make)  # it goes to each node once
        self._actors: set[Native] = set()
        self._free: list[Native] = []
        self._queue: deque[_Try[P]] = deque()
        # By what is waited for: actors that make their state, and those that have a part.
        self._begun: dict[Native, Native] = {}
        self._tried: dict[Native, tuple[Native, _Try[P]]] = {}
        self._done: dict[int, tuple[P, R]] = {}
        self._n_lost = 0

    def answers(self, parts: Iterable[P]) -> Iterator[tuple[P, R]]:
        """Yield each part with what comes of it, in their order."""
        waiting = (_Try(part, number) for number, part in enumerate(parts))
        at = 0
        while True:
            taken = len(self._queue) + len(self._tried) + len(self._done)
            self._queue.extend(islice(waiting, max(0, AHEAD * self._most - taken)))
            self._hand_out()
            if at in self._done:
                yield self._done.pop(at)
                at += 1
            elif self._queue or self._tried:
                self._collect()
            else:
                return

    def _hand_out(self) -> None:
        """Give parts to actors that are free, and ask for more of these where they lack."""
        while self._queue and self._free:
            actor, tried = self._free.pop(), self._queue.popleft()
            self._tried[actor.answer.remote(tried.part)] = actor, tried
        while len(self._actors) < min(self._most, len(self._queue) + len(self._tried)):
            actor = self._actor.remote(self._make)
            self._actors.add(actor)
            self._begun[actor.begin.remote()] = actor

    def _collect(self) -> None:
        """Wait until a call has ended, and take in what comes of it."""
        (ended,), _ = self._ray.wait([*self._tried, *self._begun], num_returns=1)
        if ended in self._begun:
            self._result(ended, self._begun.pop(ended))
            return
        actor, tried = self._tried.pop(ended)
        result = self._result(ended, actor)
        if result is not None:
            self._done[tried.number] = tried.part, result[0]
            self._n_lost = 0
        elif tried.attempt < ATTEMPTS:
            self._queue.appendleft(replace(tried, attempt=tried.attempt + 1))
        else:
            raise WorkError(
                f"{tried.part.name}: {ATTEMPTS} workers were lost over it; it may need more memory "
                "than their nodes have"
            )

    def _result(self, ended: Native, actor: Native) -> tuple[R] | None:
        """Return what comes of a call; None where the actor was lost.

        Raises
        ------
        WorkError
            Actors are lost, and none has done anything since.
        """
        try:
            result = self._ray.get(ended)
        except self._ray.exceptions.RayTaskError as error:
            # As it would be raised here, without the stack of the worker in its message.
            raise (error.cause or error) from None
        except self._ray.exceptions.RayError as error:
            self._discard(actor)
            self._n_lost += 1
            if self._n_lost > ATTEMPTS * self._most:
                raise WorkError(f"{self._n_lost} workers were lost, at last: {error}") from error
            return None
        self._free.append(actor)
        return (result,)

    def _discard(self, actor: Native) -> None:
        """Forget an actor, and end it should it still be there."""
        self._actors.discard(actor)
        self._ray.kill(actor)

    def close(self) -> None:
        """End all actors."""
        for actor in list(self._actors):
            self._discard(actor)
