"""Find related news articles across languages and cluster them into stories.

`open` gives a `Base` with the engine's verbs: ingest, rebuild, similar, cluster, stories,
evaluate, status, verify, rollback and prune.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain import VERSION
from engine.protocols import Progress, silent

if TYPE_CHECKING:
    from engine.facade import Base

__version__ = VERSION
__all__ = ["open"]


def open(folder: str | Path = "indexes", *, progress: Progress = silent) -> Base:  # noqa: A001 - read as engine.open
    """Return the base in `folder`, whether or not anything was ingested into it yet.

    Parameters
    ----------
    folder
        Where the base lies; the first ingest makes it.
    progress
        Called as long work goes on.
    """
    from engine.facade import Base

    return Base(folder, progress=progress)
