"""Makes what pages and searches need of a generation, what is asked for first before the rest.

What only others than the first page need is imported where it is used: it takes longer to
import than the first page takes to make.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.domain import Story
from engine.jobs.base.reader import Reader
from engine.serve.pages.today import Chosen, today


def warm_first_page(reader: Reader) -> None:
    """Make what the first page needs, which waits for no encoder."""
    today(reader, Chosen())


def warm_searches(reader: Reader) -> None:
    """Make what searches need."""
    from engine.jobs.querying.search import warm

    warm(reader)


def warm_story_page(reader: Reader) -> None:
    """Make what every page of a story needs, by that of the smallest on the first page."""
    _warm_by_smallest(reader, [brief.story for brief in today(reader, Chosen()).stories])


def warm_small_page(reader: Reader) -> None:
    """Make what every page of a story needs of a generation, by that of the smallest of all.

    What the page of a larger one makes besides is of no generation: patterns of languages.
    """
    _warm_by_smallest(reader, list(reader.stories.values()))


def _warm_by_smallest(reader: Reader, stories: Sequence[Story]) -> None:
    from engine.serve.pages.story import story_page

    for story in sorted(stories, key=lambda story: len(story.article_ids))[:1]:
        story_page(reader, story.id)


STARTING = (warm_first_page, warm_searches, warm_story_page)
"""As a server starts, in this order."""

RENEWING = (warm_first_page, warm_searches, warm_small_page)
"""Of what is published later, while others wait for the interpreter."""
