"""Find related news articles across languages and cluster them into stories.

`open` gives a `Base` with the engine's verbs: ingest, rebuild, similar, cluster, nightly,
stories, evaluate, status, verify, rollback and prune.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain import VERSION
from engine.protocols import Clock, Encoder, Progress, silent

if TYPE_CHECKING:
    from engine.facade import Base
    from engine.stories.partition import Clusterer

__version__ = VERSION
__all__ = ["open"]


def open(  # noqa: A001 - read as engine.open
    folder: str | Path = "indexes",
    *,
    encoder: Encoder | None = None,
    clusterer: Clusterer | None = None,
    index_kind: str | None = None,
    clock: Clock | None = None,
    progress: Progress = silent,
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
    """
    from engine.facade import Base
    from engine.jobs.session import Setup, utc_now
    from engine.stories.partition import partition

    return Base(
        folder,
        Setup(encoder, clusterer or partition, index_kind, clock or utc_now, progress),
    )
