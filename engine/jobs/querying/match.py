"""The story of the event that a text reports, or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.domain import Value
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.outlines import StoryOutline, outline
from engine.jobs.querying.hits import Hit
from engine.jobs.querying.query import Query, as_queries
from engine.jobs.querying.search import Wanted, find_similar
from engine.same_event.hits import JUDGED_HITS

LIKELY = 0.5
"""Probability from which a story is told: it is likelier to be the same event than not."""


@dataclass(frozen=True, slots=True)
class StoryMatch(Value):
    """The story that most likely tells the event of a text.

    Attributes
    ----------
    story
        The story; None where none is likelier than not.
    probability
        That the likeliest story, told or not, is of the same event, in [0, 1]; 0 where no
        article of a story is near.
    hit
        The article of that story which says so; None where there is none.
    """

    story: StoryOutline | None
    probability: float
    hit: Hit | None


def match_stories(reader: Reader, asked: Sequence[Query | str]) -> list[StoryMatch]:
    """Return the story of the event of each text: that of the likeliest article in a story.

    The articles of a story report one event, so it is as likely as the likeliest of them;
    those in no story are passed over.

    Raises
    ------
    InputError
        Nothing is left of a text after cleaning.
    """
    found = find_similar(reader, as_queries(reader, asked), Wanted(k=JUDGED_HITS, fold=False))
    return [_matched(reader, hits) for hits in found]


def _matched(reader: Reader, hits: Sequence[Hit]) -> StoryMatch:
    inside = [hit for hit in hits if hit.story in reader.stories]
    best = max(inside, key=lambda hit: hit.probability, default=None)
    if best is None:
        return StoryMatch(None, 0.0, None)
    story = reader.stories[best.story or ""] if best.probability >= LIKELY else None
    return StoryMatch(outline(reader, story), best.probability, best)
