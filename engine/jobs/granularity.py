"""How fine or coarse a base wants its stories: kept beside what it has learnt."""

from __future__ import annotations

import json
from pathlib import Path

from engine.disk.files import replace_file, storage_errors
from engine.disk.layout import Layout
from engine.errors import DamagedError
from engine.generations.generation import Generation
from engine.same_event.granularity import as_granularity
from engine.store import Corpus


def base_granularity(folder: Path) -> float:
    """Return the setting of the base in `folder`, in log-odds; 0 where none was given.

    Raises
    ------
    DamagedError
        What is kept is no such setting.
    """
    path = Layout(folder).granularity
    if not path.exists():
        return 0.0
    try:
        return as_granularity(json.loads(path.read_bytes())["granularity"])
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(
            f"{path} holds no granularity ({error}); delete it, which brings back the default, "
            "and give it again by 'engine cluster --granularity'"
        ) from error


def keep_granularity(layout: Layout, granularity: float) -> None:
    """Keep a setting for this and all later clusterings; the caller holds the lock.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    with storage_errors(layout.root):
        replace_file(layout.granularity, json.dumps({"granularity": granularity}).encode() + b"\n")


def live_granularity(corpus: Corpus, generation: Generation) -> float:
    """Return the setting with which the stories of `generation` were made, in log-odds."""
    run = corpus.history.run(generation.manifest.run)
    return 0.0 if run is None else float(run.facts.get("granularity", 0.0))
