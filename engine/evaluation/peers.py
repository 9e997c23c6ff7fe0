"""Other clusterers, to compare with; nothing else in the engine uses them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from engine.domain import Embeddings, Labels
from engine.errors import MissingExtraError

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
"""Cosines tried for community detection: its own default, 0.75, suits raw vectors only."""

CLUSTER_SIZES = (2, 3, 5)
"""Smallest clusters tried for HDBSCAN; 2 is the least it allows."""


@dataclass(frozen=True, slots=True)
class PeerClustering:
    """One answer of a peer: labels as int64, (n,), -1 for none, and the setting used."""

    setting: str
    labels: Labels


def community_detection(vectors: Embeddings) -> Iterator[PeerClustering]:
    """Yield what sentence-transformers' community_detection finds at each threshold."""
    import torch
    from sentence_transformers.util import community_detection as detect

    tensor = torch.from_numpy(np.ascontiguousarray(vectors))
    for threshold in THRESHOLDS:
        labels = np.full(len(vectors), -1, np.int64)
        for number, rows in enumerate(detect(tensor, threshold=threshold, min_community_size=2)):
            labels[rows] = number
        yield PeerClustering(f"threshold {threshold}", labels)


def hdbscan(vectors: Embeddings) -> Iterator[PeerClustering]:
    """Yield what scikit-learn's HDBSCAN finds at each smallest cluster size."""
    try:
        from sklearn.cluster import HDBSCAN
    except ImportError as error:
        raise MissingExtraError(
            "HDBSCAN needs scikit-learn; install 'news-story-engine[peers]' or use --no-peers"
        ) from error
    for size in (size for size in CLUSTER_SIZES if size <= len(vectors)):
        # Euclidean distance of unit rows orders as cosine does.
        found = HDBSCAN(min_cluster_size=size, copy=True).fit_predict(vectors)
        yield PeerClustering(f"min_cluster_size {size}", found.astype(np.int64))


PEERS: dict[str, Callable[[Embeddings], Iterator[PeerClustering]]] = {
    "community_detection": community_detection,
    "hdbscan": hdbscan,
}
