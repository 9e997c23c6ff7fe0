"""A text gets the story of its event, or none."""

import pytest

from engine.errors import InputError
from tests.jobs.cases import BRIDGE


@pytest.fixture
def clustered(base):
    base.cluster()
    return base


def test_an_article_of_a_story_gets_that_story(clustered):
    found = clustered.match(clustered.query(id="b1"))
    assert found.story in clustered.outlines()
    articles = clustered.story(found.story.id).article_ids
    assert {"b1", found.hit.article.id} <= set(articles)
    assert found.probability == found.hit.probability >= 0.5


def test_a_text_of_another_event_gets_none(clustered):
    found = clustered.match("Een nieuwe sterrenwacht werd geopend in de heuvels.")
    assert found.story is None
    assert found.probability < 0.5


def test_without_stories_there_is_none(base):
    found = base.match(BRIDGE)
    assert (found.story, found.probability, found.hit) == (None, 0.0, None)


def test_a_search_for_nothing_is_an_error(clustered):
    with pytest.raises(InputError):
        clustered.match("  ")
