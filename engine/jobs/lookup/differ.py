"""What the articles of a story state differently: who says which number since when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from engine.claims.comparing import Difference, Statement, differences, told_once
from engine.claims.counting import Claim
from engine.claims.extracting import claims_of
from engine.domain import Article, Story, embedding_text
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.learnt import base_families
from engine.origins.families import Families
from engine.origins.voices import story_voices


def disagreements(reader: Reader, story: Story) -> list[Difference]:
    """Return what the voices of `story` state differently, disagreements first.

    It is read from the articles when it is asked for: a night has thousands of stories, of
    which some dozens are looked at.
    """
    articles = reader.articles(story.article_ids)
    return compared(story, list(articles.values()), base_families(reader.layout))


def compared(story: Story, articles: Sequence[Article], families: Families) -> list[Difference]:
    """Return the same of `articles` of a story, in any order."""
    voices = dict(zip(story.article_ids, story_voices(story, families), strict=False))
    return differences(
        stated for one in articles for stated in _stated(one, voices.get(one.id) or one.id)
    )


def _stated(article: Article, voice: str) -> Iterator[tuple[Claim, Statement]]:
    """Yield the claims of the part of an article that stands for it."""
    text = embedding_text(article.title, article.body)
    year = None if article.published is None else article.published.year
    for claim in told_once(claims_of(text, article.language, year)):
        yield (
            claim,
            Statement(
                claim.quantity,
                voice,
                article.source,
                article.id,
                article.published,
                article.language,
                claim.sentence,
                claim.name,
            ),
        )
