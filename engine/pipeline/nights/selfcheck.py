"""Does tonight's clustering look as it should? Signs that need no labels, and their limits."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass

import numpy as np

from engine.clustering import cluster as group
from engine.clustering.metrics import bcubed
from engine.domain import Rows
from engine.pipeline.stories.reconcile import Reconciled
from engine.pipeline.stories.window import window_index

LEAST_JUDGED = 100
"""Articles from which a share says something; fewer are reported but not judged."""

LEAST_AGREEMENT = 0.7
MOST_CHURN = 0.15
MOST_FRAGMENTATION = 0.15
MOST_SINGLETON_CHANGE = 0.25
"""Limits, each about five times as far from ideal as the worst night of the development
sets; see docs/decisions/0011-nightly.md."""


@dataclass(frozen=True, slots=True)
class SelfCheck:
    """How steady the clustering is; every value is a share in [0, 1].

    Attributes
    ----------
    agreement
        B-cubed F1 between clusterings of two overlapping halves, over the overlap.
    churn
        Of the articles that were in a story before, those that are in another one now.
    fragmentation
        Of the stories that went on, those from which another one split off.
    singletons
        Of the articles, those that are in no story.
    reasons
        Why the stories should not be published; empty: nothing speaks against it.
    """

    agreement: float
    churn: float
    fragmentation: float
    singletons: float
    reasons: tuple[str, ...]

    def facts(self) -> dict[str, float]:
        """Return the shares by name."""
        return {name: round(value, 4) for name, value in asdict(self).items() if name != "reasons"}


def self_check(found: Reconciled, *, before: float | None) -> SelfCheck:
    """Judge a clustering before it is published.

    Parameters
    ----------
    found
        What is to be published.
    before
        Share of singletons of the run before, or None.
    """
    facts = found.run.facts
    churn = _share(facts["n_moved"], facts["n_placed"])
    fragmentation = _share(facts["events"].get("split", 0), facts["n_continued"])
    singletons = _share(facts["n_alone"], facts["n_recent"])
    agreement, n_compared = halves_agreement(found)
    reasons = []
    if n_compared >= LEAST_JUDGED and agreement < LEAST_AGREEMENT:
        reasons.append(
            f"two halves of the window agree by {agreement:.2f}, expected {LEAST_AGREEMENT} or more"
        )
    if facts["n_placed"] >= LEAST_JUDGED and churn > MOST_CHURN:
        reasons.append(
            f"{churn:.0%} of the articles would change story, expected at most {MOST_CHURN:.0%}"
        )
    if facts["n_continued"] >= LEAST_JUDGED and fragmentation > MOST_FRAGMENTATION:
        reasons.append(
            f"{fragmentation:.0%} of the stories would split, "
            f"expected at most {MOST_FRAGMENTATION:.0%}"
        )
    if facts["n_recent"] >= LEAST_JUDGED and before is not None:
        change = abs(singletons - before)
        if change > MOST_SINGLETON_CHANGE:
            reasons.append(
                f"{singletons:.0%} of the articles would be in no story after {before:.0%} the "
                f"night before, expected a change of at most {MOST_SINGLETON_CHANGE:.0%}"
            )
    return SelfCheck(agreement, churn, fragmentation, singletons, tuple(reasons))


def halves_agreement(night: Reconciled) -> tuple[float, int]:
    """Cluster two overlapping two-thirds of the window and compare them on the overlap.

    Returns
    -------
    agreement, n_compared
        B-cubed F1 in [0, 1] (1 where nothing is compared), and articles in the overlap.
    """
    tonight = night.tonight
    thirds = np.array([_third(article.id) for article in tonight.articles], np.int64)
    shared = np.flatnonzero(thirds == 1)
    if not len(shared):
        return 1.0, 0

    def labels(rows: Rows) -> Rows:
        """Return the clusters of `shared` when only `rows` are clustered."""
        view = tonight.view.take(rows)
        clustering = group(view, window_index, model=night.model, granularity=night.granularity)
        found = np.full(len(tonight.keys), -1, np.int64)
        found[rows] = clustering.labels
        return found[shared]

    one, other = (labels(np.flatnonzero(np.isin(thirds, half))) for half in ((0, 1), (1, 2)))
    return bcubed(one, other).f1, len(shared)


def _third(id_: str) -> int:
    """Return 0, 1 or 2: the same for an article every night."""
    digest = hashlib.blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % 3


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0
