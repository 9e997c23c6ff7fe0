"""How a base is opened, with what varies: `engine.open`."""

from __future__ import annotations

from pathlib import Path

from engine.arguments import checked
from engine.disk.lock import as_patience
from engine.facade import Base
from engine.index.faiss_build import check_kind
from engine.jobs.base.setup import Setup, partition, utc_now
from engine.protocols import Clock, Encoder, Progress, silent
from engine.stories.partition import Clusterer
from engine.workers.choosing import open_executor


@checked
def open(  # noqa: A001 - read as engine.open
    folder: str | Path = "indexes",
    *,
    encoder: Encoder | None = None,
    clusterer: Clusterer | None = None,
    index_kind: str | None = None,
    clock: Clock | None = None,
    progress: Progress = silent,
    wait: float = 0.0,
    on: str = "local",
    workers: int = 1,
    many_questions: bool = True,
) -> Base:
    """Return the base in `folder`, whether or not anything was ingested into it yet.

    Parameters
    ----------
    folder
        Where the base lies; the first ingest makes it.
    encoder
        An encoder of your own, which makes all vectors of this base. What was made with
        another fingerprint is never mixed with its vectors: a query is refused, and
        `rebuild` embeds every article anew. None takes those that the engine knows by name.
    clusterer
        A clusterer of your own; None takes the engine's.
    index_kind
        ``"flat"``, ``"ivf"`` or another of `engine.index.faiss_build.KINDS`; None chooses
        by the size of the base.
    clock
        Tells the time of runs, aware and in UTC; None takes that of the machine.
    progress
        Called as long work goes on.
    wait
        Seconds for which a run waits for another one to end before it gives up.
    on
        Where texts are embedded and read and neighbours looked for: ``"local"`` is this
        machine, ``"ray"`` the Ray cluster that it is a node of, ``"ray://HOST:PORT"`` one
        elsewhere. The outcome is the same.
    workers
        Processes of this machine, where it is that, for stages that are long enough. More than
        one are started by importing the program's main module, which must then be guarded by
        ``if __name__ == "__main__"``.
    many_questions
        Encode questions as stored articles are, by the runtime of the built-in encoder that takes
        a third of the time for each and half a second more for the first. False encodes them as
        ``engine similar`` does, for a program that asks one or two: cosines then differ in their
        third digit, as the two runtimes do.

    Raises
    ------
    InputError
        There is a file at `folder`, `on` or `index_kind` is none of these, `wait` is no time,
        there is no process to work, or an argument is of another type.
    """
    if index_kind is not None:
        check_kind(index_kind)
    setup = Setup(
        encoder=encoder,
        clusterer=clusterer or partition,
        index_kind=index_kind,
        clock=clock or utc_now,
        progress=progress,
        patience=as_patience(wait),
        executor=open_executor(on, workers),
        many_questions=many_questions,
    )
    return Base(folder, setup)
