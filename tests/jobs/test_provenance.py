"""Origins do not depend on how stories are dealt out to workers."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from engine.domain import Article, Origin, OriginKind, Story
from engine.jobs.clustering.provenance import traced
from engine.origins.texts import Texts
from engine.stories.portions import ARTICLES_AT_ONCE
from engine.workers.local import LocalExecutor
from tests.workers.cases import ElsewhereExecutor

read_here = partial(Texts.by, LocalExecutor())

NOON = datetime(2026, 5, 9, 12, tzinfo=UTC)


def copied(n_stories):
    """Return stories of two articles, the second of which was there first, and the articles."""
    articles = {}
    for number in range(n_stories):
        body = " ".join(f"word{number + place}" for place in range(60))
        for name, hours in (("b", 1), ("a", 0)):
            id_, when = f"{name}{number}", NOON + timedelta(hours=hours)
            articles[id_] = Article(id_, f"By {name}", body, "en", name, "", when, when)
    stories = [
        Story(
            id=f"s-{number}", article_ids=(f"b{number}", f"a{number}"), headline="",
            languages=("en",), sources=("a", "b"), started=NOON, ended=NOON, cohesion=1.0,
            keywords=(), strengths=(1.0, 1.0),
        )
        for number in range(n_stories)
    ]  # fmt: skip
    return stories, articles


@pytest.mark.parametrize("executor", [LocalExecutor(), ElsewhereExecutor()], ids=["here", "there"])
def test_each_story_is_traced_in_time_wherever_that_is_done(executor):
    stories, articles = copied(ARTICLES_AT_ONCE)
    for number, story in enumerate(traced(stories, articles, executor, read_here)):
        first = Origin(OriginKind.ORIGINAL, outlet="a")
        assert story.origins == (Origin(OriginKind.COPY, f"a{number}", outlet="b"), first)
        assert replace(story, origins=()) == stories[number]
    firsts = {id(story.origins[1]) for story in traced(stories, articles, executor, read_here)}
    assert len(firsts) == 1  # equal origins are one object


def test_an_article_that_is_gone_has_an_origin_that_says_nothing():
    stories, articles = copied(1)
    del articles["a0"]
    (story,) = traced(stories, articles, LocalExecutor(), read_here)
    assert story.origins == (
        Origin(OriginKind.ORIGINAL, outlet="b"),
        Origin(OriginKind.ORIGINAL),
    )
