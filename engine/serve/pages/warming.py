"""Makes what pages and searches need of a generation, what is asked for first before the rest.

What only others than the first page need is imported where it is used: it takes longer to
import than the first page takes to make.
"""

from __future__ import annotations

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
    from engine.serve.pages.story import story_page

    shown = [brief.story for brief in today(reader, Chosen()).stories]
    for story in sorted(shown, key=lambda story: len(story.article_ids))[:1]:
        story_page(reader, story.id)


WARMING = (warm_first_page, warm_searches, warm_story_page)
"""In this order."""
