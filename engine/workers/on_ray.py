"""Working on the parts of a stage on a Ray cluster.

Each processor of the cluster gets an actor that makes its own state once, and that may be lost
with its process or its node.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any, TypeAlias, TypeVar

from engine.errors import MissingExtraError, WorkError
from engine.protocols import Closing, Part
from engine.workers.dealing import Crew, Dealing, LostError
from engine.workers.local import ATTEMPTS, answered

P = TypeVar("P", bound=Part)
R = TypeVar("R")

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
        spread: bool = False,  # noqa: ARG002 - an actor has one processor
        lost: Callable[[P], R] | None = None,
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
        actors = _Actors[P, R](ray, make, accelerated=accelerated)
        dealing = Dealing(actors, lost)
        try:
            yield from dealing.answers(parts)
        finally:
            for actor in (*dealing.free, *dealing.busy):
                actors.discard(actor)

    def begin(self, load: Callable[[], object]) -> None:
        """Do nothing: the cluster is asked for when there are parts."""

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


class _Actors(Crew[P, R, Native]):
    """The actors of one stage, on all nodes."""

    def __init__(
        self, ray: Native, make: Callable[[], Callable[[P], R]], *, accelerated: bool
    ) -> None:
        there = ray.cluster_resources()
        gpus = int(there.get("GPU", 0)) if accelerated else 0
        self.most = max(1, gpus or int(there.get("CPU", 1)))
        self._ray = ray
        self._actor = ray.remote(Worker).options(
            num_cpus=1, num_gpus=1 if gpus else 0, scheduling_strategy="SPREAD"
        )
        self._make = ray.put(make)  # it goes to each node once
        self._calls: dict[Native, Native] = {}  # by actor, what it was last asked

    def enlist(self) -> Native:
        actor = self._actor.remote(self._make)
        self._calls[actor] = actor.begin.remote()
        return actor

    def give(self, worker: Native, part: P) -> None:
        self._calls[worker] = worker.answer.remote(part)

    def ended(self, busy: Collection[Native]) -> Native:
        actors = {self._calls[actor]: actor for actor in busy}
        (ended,), _ = self._ray.wait(list(actors), num_returns=1)
        return actors[ended]

    def answer(self, worker: Native) -> R:
        try:
            answer: R = self._ray.get(self._calls[worker])
        except self._ray.exceptions.RayTaskError as error:
            # As it would be raised here, without the stack of the worker in its message.
            raise (error.cause or error) from None
        except self._ray.exceptions.RayError as error:
            raise LostError(str(error)) from error
        return answer

    def discard(self, worker: Native) -> None:
        del self._calls[worker]
        self._ray.kill(worker)
