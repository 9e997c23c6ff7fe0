"""What several bases found, as one answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.jobs.querying.hits import Hit
from engine.jobs.querying.match import StoryMatch
from engine.same_event.copies import Telling, is_copy
from engine.same_event.hits import hit_order


@dataclass(slots=True)
class _Head:
    """A hit, the shard that found it, and the ids that are folded under it."""

    shard: int
    hit: Hit
    telling: Telling
    folded: dict[str, None]

    @classmethod
    def of(cls, shard: int, hit: Hit) -> _Head:
        article = hit.article
        telling = Telling(article.title, article.body, article.source)
        return cls(shard, hit, telling, dict.fromkeys(hit.folded))

    def covers(self, other: _Head, *, fold: bool) -> bool:
        """Tell whether a worse hit is no other article than this one, or an edited copy of it.

        Those of one shard are left as it folded them.
        """
        if self.shard == other.shard:
            return False
        if self.hit.article.id == other.hit.article.id:
            return True
        return fold and is_copy(self.telling, other.telling)

    def as_hit(self) -> Hit:
        """Return the hit; its row is none, since it was one of a shard."""
        self.folded.pop(self.hit.article.id, None)
        return replace(self.hit, row=-1, folded=tuple(self.folded))


def merged_hits(
    found: Sequence[Sequence[Hit]], k: int, *, by_event: bool, fold: bool
) -> tuple[Hit, ...]:
    """Return the best of what each shard found for one question.

    Parameters
    ----------
    found
        Hits of each shard, best first; of equal ones those of the earlier shard come first.
    k
        Most hits to return.
    by_event
        Whether they are in the order of `engine.same_event.hits.hit_order`, else in that of
        their cosines.
    fold
        Put edited copies of a better hit under it, as each shard did with its own. Vectors
        are not in what shards answer, so words alone tell copies of two shards.
    """
    heads = [_Head.of(shard, hit) for shard, hits in enumerate(found) for hit in hits]
    if not heads:
        return ()
    cosines = np.array([head.hit.cosine for head in heads])
    chances = np.array([head.hit.probability for head in heads])
    order = hit_order(chances, cosines) if by_event else cosines
    best: list[_Head] = []
    for place in np.lexsort((-cosines, -order)).tolist():
        head = heads[place]
        above = next((one for one in best if one.covers(head, fold=fold)), None)
        if above is None:
            best.append(head)
        else:
            above.folded |= {head.hit.article.id: None} | head.folded
    return tuple(head.as_hit() for head in best[:k])


def best_match(matches: Iterable[StoryMatch]) -> StoryMatch:
    """Return the likeliest of what each shard says of one text; of equal ones the first."""
    best = max(matches, key=lambda match: match.probability)
    return best if best.hit is None else replace(best, hit=replace(best.hit, row=-1))
