"""One article with what the base knows of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.domain import Article, Value
from engine.errors import NotFoundError
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.outlines import StoryOutline, outline
from engine.jobs.querying.hits import Hit, article_told
from engine.jobs.querying.query import stored_queries
from engine.jobs.querying.search import Wanted, find_similar
from engine.reading.cleaning.stubs import is_stub
from engine.words.headlines import headline_of

MOST_NEIGHBOURS = 5
"""Nearest articles that are shown."""


@dataclass(frozen=True, slots=True)
class ShownArticle(Value):
    """An article with its story, what is nearest to it, and what it was called before.

    Attributes
    ----------
    article
        As it is stored.
    story
        The story that it is in, or None.
    neighbours
        The most likely to report the same event first; none where it is not indexed yet.
    revisions
        (when it was replaced, title until then), oldest first.
    """

    article: Article
    story: StoryOutline | None
    neighbours: tuple[Hit, ...]
    revisions: tuple[tuple[datetime, str], ...]

    @property
    def headline(self) -> str:
        """What the article is called; never empty."""
        return headline_of(self.article)

    @property
    def is_stub(self) -> bool:
        """Whether only the lead is there, cut off by a paywall."""
        return is_stub(self.article.raw)

    def to_dict(self) -> dict[str, Any]:
        """Return the article as ``engine show --json`` prints it."""
        story = self.story
        return {
            **article_told(self.article),
            "is_stub": self.is_stub,
            "story": None
            if story is None
            else {
                "id": story.id,
                "headline": story.headline,
                "n_articles": story.n_articles,
            },
            "neighbours": [hit.to_dict() for hit in self.neighbours],
            "revisions": [
                {"until": until.isoformat(), "title": title} for until, title in self.revisions
            ],
        }


def show_article(reader: Reader, id_: str) -> ShownArticle:
    """Return the article of that id.

    Raises
    ------
    NotFoundError
        There is none, or nothing is published yet.
    """
    stored = reader.corpus.articles
    key = stored.keys_of([id_]).get(id_)
    if key is None:
        raise NotFoundError(f"there is no article with id {id_!r}")
    neighbours: list[Hit] = []
    if (reader.rows_of([id_]) >= 0).all():
        (neighbours,) = find_similar(
            reader, stored_queries(reader, [id_]), Wanted(k=MOST_NEIGHBOURS)
        )
    story = outline(reader, reader.story_of(id_))
    revisions = reader.corpus.history.headlines([key]).get(key, ())
    return ShownArticle(stored.by_keys([key])[key], story, tuple(neighbours), tuple(revisions))
