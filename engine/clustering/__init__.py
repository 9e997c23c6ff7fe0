"""Articles into stories: which pairs are one event, the partition, and what people see."""

from engine.clustering.clusterer import Judged, cluster, judge, partition
from engine.clustering.explanation import Explanation, explain
from engine.clustering.likelihood import (
    JUDGED_DAYS,
    JUDGED_HITS,
    Backdrop,
    first_with_others,
    hit_order,
    weigh_hits,
    worth_showing,
)
from engine.clustering.mixture import Mixture
from engine.clustering.stories import describe
from engine.clustering.window import Window

__all__ = [
    "JUDGED_DAYS",
    "JUDGED_HITS",
    "Backdrop",
    "Explanation",
    "Judged",
    "Mixture",
    "Window",
    "cluster",
    "describe",
    "explain",
    "first_with_others",
    "hit_order",
    "judge",
    "partition",
    "weigh_hits",
    "worth_showing",
]
