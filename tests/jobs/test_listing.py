"""Stories are listed by time, language, outlet and words, in a chosen order."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import engine
from engine.domain import EncoderSpec
from engine.errors import InputError, NotFoundError
from engine.jobs.lookup.listing import NEWEST, ORDERS, StoryFilter


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


THINGS = ("lantern", "saddle", "turbine", "orchard", "kettle", "quarry")


@pytest.fixture(scope="module")
def many(tmp_path_factory):
    """Return a base with stories of several days, languages and outlets, some undated."""
    rows = [
        {"id": f"{thing}{n}", "title": f"The {thing} of {thing}ville fell",
         "text": f"The {thing} {thing}s of {thing}ville: a {thing} fell. {'Again. ' * n}",
         "language": ("en", "nl", "de")[place % 3],
         "source": ("Post", "post", "Herald")[(place + n) % 3],
         "published_at": None if thing == "quarry" else f"2023-05-{10 + place}T10:0{n}:00Z"}
        for place, thing in enumerate(THINGS)
        for n in range(2 + place % 2)
    ]  # fmt: skip
    with engine.open(tmp_path_factory.mktemp("many") / "base") as base:
        base.nightly(rows, spec=EncoderSpec("hashing"))
        yield base


DAYS = st.none() | st.integers(9, 17).map(day)


@settings(max_examples=60, deadline=None)
@given(
    since=DAYS,
    until=DAYS,
    language=st.sampled_from(["", "nl", "de", "sv"]),
    source=st.sampled_from(["", "POST", "Herald"]),
    words=st.sampled_from(["", "fell", "LANTERN", "ville the", "absent"]),
    order=st.sampled_from(ORDERS),
)
def test_it_is_what_looking_at_each_story_finds(many, since, until, language, source, words, order):
    which = StoryFilter(since, until, language, source, words, order=order)
    stories = many.stories()
    assert len(stories) == len(THINGS)
    if order == NEWEST:
        stories.sort(key=lambda story: story.ended.timestamp() if story.ended else 0, reverse=True)
    assert many.stories(which) == [
        story
        for story in stories
        if (since is None or (story.ended is not None and story.ended >= since))
        and (until is None or (story.started is not None and story.started < until))
        and (not language or language in story.languages)
        and (not source or source.casefold() in {name.casefold() for name in story.sources})
        and all(
            word in " ".join((story.headline, *story.keywords, *story.names)).casefold()
            for word in words.casefold().split()
        )
    ]
