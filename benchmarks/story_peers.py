"""What other clusterers make of a window, kept in a file since some take minutes."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from story_windows import Case

from engine.evaluation.peers import PEERS
from engine.stories.agreement import bcubed

FIXED = {
    "min_cluster_size": 2,
    "min_samples": 1,
    "cluster_selection_method": "eom",
    "cluster_selection_epsilon": 0.9,
}
"""A setting of HDBSCAN that is hard to beat on every set at once; no labels are needed for it.
It takes the package of that name: HDBSCAN of scikit-learn 1.9 fails with an epsilon."""


@dataclass(frozen=True)
class Peers:
    """B-cubed F1 of the best setting of any peer, as the labels tell, and of the fixed one."""

    best: float
    setting: str
    fixed: float


class PeerResults:
    """The results so far; each is known by the vectors and events that it was found on."""

    def __init__(self, path: Path) -> None:
        """Keep them in `path`."""
        self._path = path

    def __call__(self, case: Case) -> Peers:
        """Return what the peers make of a case, and keep it."""
        digest = hashlib.blake2b(case.window.vectors.tobytes(), digest_size=16)
        digest.update(case.gold.tobytes())
        key = digest.hexdigest()
        if key not in (known := self._read()):
            found = _measured(case)
            # Another run may have added to the file in the meantime.
            known = self._read() | {key: asdict(found)}
            self._path.write_text(json.dumps(known, indent=1))
        return Peers(**known[key])

    def _read(self) -> dict[str, dict[str, Any]]:
        known: dict[str, dict[str, Any]] = {}
        if self._path.exists():
            known = json.loads(self._path.read_text())
        return known


def _measured(case: Case) -> Peers:
    import hdbscan

    vectors = case.window.vectors
    found = [
        (bcubed(answer.labels, case.gold).f1, f"{name} {answer.setting}")
        for name, answers in PEERS.items()
        for answer in answers(vectors)
    ]
    fixed = hdbscan.HDBSCAN(**FIXED, core_dist_n_jobs=1).fit_predict(vectors.astype(np.float64))
    return Peers(*max(found), bcubed(fixed.astype(np.int64), case.gold).f1)
