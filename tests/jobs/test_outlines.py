"""An outline says of a story what a list needs, however many articles it has."""

import pytest

import engine
from engine.domain import Story
from engine.jobs.lookup.outlines import MOST_SOURCES, StoryOutline
from tests.jobs.cases import BRIDGE, HASHING

SAME = ("id", "headline", "languages", "started", "ended", "cohesion", "keywords", "names")


def rows(n_articles):
    return [
        {"id": f"a{n}", "title": f"Bridge down {n}", "text": BRIDGE, "source": f"Outlet {n}",
         "language": "nl" if n == n_articles - 1 else "en",
         "published_at": f"2023-05-08T10:{n:02d}:00Z"}
        for n in range(n_articles)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def wide(tmp_path_factory):
    """Return a base with one story, of more outlets than an outline names."""
    with engine.open(tmp_path_factory.mktemp("wide") / "base") as base:
        base.nightly(rows(2 * MOST_SOURCES), spec=HASHING)
        yield base


def test_it_agrees_with_the_whole_story(base):
    base.cluster()
    stories, outlines = base.stories(), base.outlines()
    assert len(outlines) == len(stories) > 1
    for story, outline in zip(stories, outlines, strict=True):
        assert all(getattr(story, name) == getattr(outline, name) for name in SAME)
        voices = base.independence(story)
        assert outline.n_articles == len(story.article_ids)
        assert (outline.n_outlets, outline.n_independent) == (
            voices.n_outlets,
            voices.n_independent,
        )


def test_it_has_nothing_that_grows_with_the_articles(wide):
    (story,), (outline,) = wide.stories(), wide.outlines()
    assert outline.sources == story.sources[:MOST_SOURCES]
    assert (outline.n_articles, outline.n_outlets) == (2 * MOST_SOURCES, 2 * MOST_SOURCES)
    members = {name for name, value in _lists(story) if len(value) >= len(story.article_ids)}
    assert members == {"article_ids", "sources", "strengths", "origins"}
    assert all(len(value) <= MOST_SOURCES for _, value in _lists(outline))


def _lists(value: Story | StoryOutline):
    fields = ((name, getattr(value, name)) for name in value.__dataclass_fields__)
    return [(name, held) for name, held in fields if isinstance(held, tuple)]


def test_voices_are_counted_anew_when_owners_are_said(wide):
    before = wide.outlines()[0].n_independent
    wide.keep_owners("One Owner\tOutlet 1\nOne Owner\tOutlet 2\n")
    assert wide.outlines()[0].n_independent == wide.independence(wide.stories()[0]).n_independent
    wide.keep_owners("")
    assert wide.outlines()[0].n_independent == before


def test_its_headline_is_in_the_language_that_is_wanted_even_of_the_last_article(wide):
    own = wide.outlines()[0].headline
    wide.tell_in("nl")
    assert wide.outlines()[0].headline == f"Bridge down {2 * MOST_SOURCES - 1}"
    assert wide.outlines()[0].headline == wide.stories()[0].headline
    wide.tell_in("")
    assert wide.outlines()[0].headline == own
