"""Makes what pages and searches need of a generation, what is asked for first before the rest.

What only others than the first page need is imported where it is used: it takes longer to
import than the first page takes to make.
"""

from __future__ import annotations

from collections.abc import Sequence

from engine.jobs.base.reader import Reader
from engine.jobs.lookup.listing import listed_stories
from engine.jobs.lookup.outlines import outlines
from engine.serve.pages.today import by_reach, changes, choices, moved_languages, opened

FIRST_LISTED = 50
"""Stories that a list has unless it is told otherwise."""


def check_stories(reader: Reader) -> None:
    """Compare the file of the stories with its sums."""
    reader.generation.content("stories.jsonl")


def read_stories(reader: Reader) -> None:
    """Read what changed of the stories."""
    reader.stories  # noqa: B018 - read on first use


def make_lists(reader: Reader) -> None:
    """Make what the first page lists."""
    for make in (by_reach, choices):
        reader.once(make)


def warm_lists(reader: Reader) -> None:
    """Count the voices of the stories that lists begin with."""
    outlines(reader, listed_stories(reader)[:FIRST_LISTED])


def warm_first_page(reader: Reader) -> None:
    """Make what the first page needs, which waits for no encoder."""
    reader.once(opened)


def warm_searches(reader: Reader) -> None:
    """Make what searches need."""
    from engine.jobs.querying.search import warm

    warm(reader)


def warm_index(reader: Reader) -> None:
    """Read the vectors that searches need."""
    from engine.jobs.querying.search import read_ahead

    read_ahead(reader)


def warm_stages(reader: Reader) -> None:
    """Make what pages say of long matters."""
    from engine.jobs.telling.matters import stages_by_matter

    reader.once(stages_by_matter)


def warm_nouns(reader: Reader) -> None:
    """Find the languages that write nouns with capitals, for pages of stories."""
    from engine.reports.additions import nouns

    reader.once(nouns)


def warm_story_page(reader: Reader) -> None:
    """Make what every page of a story needs, by that of the smallest on the first page."""
    _warm_by_smallest(reader, [brief.story.id for brief in reader.once(opened).stories])


def warm_small_page(reader: Reader) -> None:
    """Make what every page of a story needs of a generation, by that of the smallest of all.

    What the page of a larger one makes besides is of no generation: patterns of languages.
    """
    _warm_by_smallest(reader, list(reader.heads))


def _warm_by_smallest(reader: Reader, stories: Sequence[str]) -> None:
    from engine.serve.pages.story import story_page

    heads = reader.heads
    if stories:
        story_page(reader, min(stories, key=lambda id_: heads[id_].n_articles))


STARTING = (warm_first_page, warm_searches, warm_story_page)
"""As a server starts, in this order."""

RENEWING = (
    check_stories,
    read_stories,
    lambda reader: reader.once(moved_languages),
    lambda reader: reader.once(changes),
    make_lists,
    warm_first_page,
    warm_lists,
    warm_index,
    warm_searches,
    warm_stages,
    warm_nouns,
    warm_small_page,
)
"""Of what is published later, in parts, while others wait for the interpreter."""
