"""The log of inputs that could not become articles."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from engine.domain import Reject


def log_rejects(path: Path, rejects: Iterable[Reject], *, at: datetime) -> None:
    """Append `rejects` to the JSON lines at `path`, each with the time of the run."""
    lines = [
        json.dumps({"at": at.isoformat(), **asdict(reject)}, ensure_ascii=False)
        for reject in rejects
    ]
    if not lines:
        return
    with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
        log.write("\n".join(lines) + "\n")
