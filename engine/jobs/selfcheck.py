"""Does tonight's clustering look as it should? Signs that need no labels, and their limits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from engine.domain import Rows
from engine.jobs.chaining import chained_share
from engine.jobs.reconcile import Grouped, Reconciled
from engine.jobs.scope import window_index
from engine.stories.agreement import bcubed
from engine.stories.partition import cluster as group

LEAST_JUDGED = 100
"""Articles from which a share says something; fewer are reported but not judged."""

LEAST_AGREEMENT = 0.7
MOST_CHURN = 0.15
MOST_FRAGMENTATION = 0.15
MOST_SINGLETON_CHANGE = 0.25
"""Limits, each about five times as far from ideal as the worst night of the development
sets; see docs/decisions/0011-nightly.md."""

MOST_CHAINED = 0.1
"""As much as one of the ten largest stories holds on average. On no night of the development
sets is any of them a chain."""

MOST_MERGED = 0.5
"""Beyond, most of what was in a story goes by another name. A stream that begins merges
much, and rightly: 25 % of the articles on the second night of uci_titles_2014, on which B-cubed
F1 rises by .26."""

MERGED = "articles would go to another story with all of their own"
CHAINED = "articles in the largest stories are in chains, whose own pairs speak against them"


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
    merged
        Of the articles that were in a story before, those whose whole story is in another now.
    chained
        Of the articles of the largest stories, those in stories that are chains.
    singletons
        Of the articles, those that are in no story.
    reasons
        Why the stories should not be published; empty: nothing speaks against it.
    """

    agreement: float
    churn: float
    fragmentation: float
    merged: float
    chained: float
    singletons: float
    reasons: tuple[str, ...]

    def facts(self) -> dict[str, float]:
        """Return the shares by name."""
        return {name: round(value, 4) for name, value in asdict(self).items() if name != "reasons"}


def self_check(found: Reconciled, *, before: Mapping[str, Any]) -> SelfCheck:
    """Judge a clustering before it is published.

    Parameters
    ----------
    found
        What is to be published.
    before
        Facts of the run before; empty where there is none.
    """
    facts = found.run.facts
    placed, continued, recent = facts["n_placed"], facts["n_continued"], facts["n_recent"]
    agreement, n_compared = halves_agreement(found.grouped)
    chained, n_inside = chained_share(found.grouped)
    churn = _share(facts["n_moved"], placed)
    fragmentation = _share(facts["events"].get("split", 0), continued)
    merged = _share(facts["n_absorbed"], placed)
    singletons = _share(facts["n_alone"], recent)
    reasons = _beyond(churn, MOST_CHURN, "articles would change story", placed)
    reasons += _beyond(fragmentation, MOST_FRAGMENTATION, "stories would split", continued)
    # Who has turned the dial wants other stories than before.
    if before.get("granularity", facts["granularity"]) == facts["granularity"]:
        reasons += _beyond(merged, MOST_MERGED, MERGED, placed)
    reasons += _beyond(chained, MOST_CHAINED, CHAINED, n_inside)
    if n_compared >= LEAST_JUDGED and agreement < LEAST_AGREEMENT:
        reasons.append(
            f"two halves of the window agree by {agreement:.2f}, expected {LEAST_AGREEMENT} or more"
        )
    if recent >= LEAST_JUDGED and isinstance(earlier := before.get("singletons"), float):
        reasons += _changed(singletons, earlier)
    return SelfCheck(agreement, churn, fragmentation, merged, chained, singletons, tuple(reasons))


def _beyond(share: float, most: float, what: str, n_judged: int) -> list[str]:
    """Return the reason that `share` gives, where it is of enough and beyond its limit."""
    if n_judged < LEAST_JUDGED or share <= most:
        return []
    return [f"{share:.0%} of the {what}, expected at most {most:.0%}"]


def _changed(singletons: float, before: float) -> list[str]:
    """Return the reason that a change of the share of articles without a story gives."""
    if abs(singletons - before) <= MOST_SINGLETON_CHANGE:
        return []
    found = f"{singletons:.0%} of the articles would be in no story after {before:.0%}"
    return [f"{found} the night before, expected a change of at most {MOST_SINGLETON_CHANGE:.0%}"]


def halves_agreement(grouped: Grouped) -> tuple[float, int]:
    """Cluster two overlapping two-thirds of the window and compare them on the overlap.

    Returns
    -------
    agreement, n_compared
        B-cubed F1 in [0, 1] (1 where nothing is compared), and articles in the overlap.
    """
    tonight, model = grouped.tonight, grouped.judged.model
    thirds = np.array([_third(article.id) for article in tonight.articles], np.int64)
    shared = np.flatnonzero(thirds == 1)
    if not len(shared):
        return 1.0, 0

    def labels(rows: Rows) -> Rows:
        """Return the clusters of `shared` when only `rows` are clustered."""
        view = tonight.view.take(rows)
        clustering = group(view, window_index, model=model, granularity=grouped.granularity)
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
