"""Stories are listed by time, language, outlet and words, in a chosen order."""

from datetime import UTC, datetime

import pytest

from engine.errors import InputError, NotFoundError
from engine.jobs.listing import StoryFilter


@pytest.fixture
def listed(base):
    base.cluster()
    return lambda **wanted: [
        story.headline.split()[0] for story in base.stories(StoryFilter(**wanted))
    ]


def day(number):
    return datetime(2023, 5, number, tzinfo=UTC)


def test_the_largest_or_the_newest_come_first(listed):
    assert listed() == ["The", "Three"]
    assert listed(order="newest") == ["Three", "The"]
    with pytest.raises(InputError, match="newest"):
        listed(order="oldest")


def test_a_time_takes_the_stories_that_were_told_then(listed):
    assert listed(since=day(11)) == ["Three"]
    assert listed(until=day(11)) == ["The"]
    assert listed(since=day(10), until=day(12)) == ["The", "Three"]
    assert listed(since=day(12)) == []


def test_words_are_looked_for_in_what_is_shown(listed):
    assert listed(words="MUSEUM robbers") == ["Three"]
    assert listed(words="museum bridge") == []


def test_a_language_and_an_outlet_are_said_in_any_way(listed):
    assert listed(language="English", source="WEEKLY") == ["The", "Three"]
    assert listed(language="nl") == []
    with pytest.raises(NotFoundError, match="engine sources"):
        listed(source="Monthly")


def test_independent_outlets_are_counted_after_owners_and_copies(base, listed):
    assert listed(independent=2) == ["The", "Three"]
    sources = {source for story in base.stories() for source in story.sources}
    base.keep_owners("".join(f"One Owner\t{source}\n" for source in sorted(sources)))
    assert set(base.owners()) == sources
    assert listed(independent=1) == ["The", "Three"]
    assert listed(independent=2) == []
    base.keep_owners("")
    assert listed(independent=2) == ["The", "Three"]
