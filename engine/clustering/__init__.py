"""Articles into stories: which pairs are one event, the partition, and what people see."""

from engine.clustering.clusterer import Judged, cluster, judge
from engine.clustering.explanation import Explanation, document_counts, explain
from engine.clustering.likelihood import same_event
from engine.clustering.stories import describe
from engine.clustering.window import Window

__all__ = [
    "Explanation",
    "Judged",
    "Window",
    "cluster",
    "describe",
    "document_counts",
    "explain",
    "judge",
    "same_event",
]
