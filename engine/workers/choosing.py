"""From what the command line says to an executor."""

from __future__ import annotations

from engine.errors import InputError
from engine.protocols import Executor
from engine.workers.local import LocalExecutor
from engine.workers.processes import ProcessExecutor, expect_workers

LOCAL, CLUSTER = "local", "ray"
ADDRESS = "ray://"


def open_executor(on: str, workers: int = 1) -> Executor:
    """Return what works on the parts of stages; a cluster is first asked when it gets some.

    Parameters
    ----------
    on
        ``"local"``: this machine. ``"ray"``: the Ray cluster that this machine is a node of.
        ``"ray://HOST:PORT"``: the cluster behind that Ray client server.
    workers
        Processes of this machine, where it is that; with 1 everything is done in this process.

    Raises
    ------
    InputError
        It is none of these, or there is no process to work.
    """
    expect_workers(workers)
    if on == LOCAL:
        return ProcessExecutor(workers) if workers > 1 else LocalExecutor()
    if on == CLUSTER or (on.startswith(ADDRESS) and on != ADDRESS):
        from engine.workers.on_ray import RayExecutor

        return RayExecutor("auto" if on == CLUSTER else on)
    raise InputError(f"expected local, ray or ray://HOST:PORT, got {on!r}")
