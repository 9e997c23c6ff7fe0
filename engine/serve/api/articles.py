"""Articles of the base."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from engine.domain import Article
from engine.jobs.querying.showing import ShownArticle, show_article
from engine.serve.api.asking import ArticleId, Id
from engine.serve.freshness import Fresh
from engine.serve.given import Reading

router = APIRouter(prefix="/articles", tags=["articles"], dependencies=[Fresh])

MOST_ARTICLES = 100
"""Of one request."""


@router.get("")
def list_articles(
    reader: Reading,
    id: Annotated[  # noqa: A002 - the parameter's name
        list[Id], Query(min_length=1, max_length=MOST_ARTICLES, description="Ids of articles.")
    ],
) -> dict[str, Article]:
    """Return those of the articles that exist, by id."""
    return reader.articles(id)


@router.get("/{id:path}")
def show(id: ArticleId, reader: Reading) -> ShownArticle:  # noqa: A002 - as above
    """Return an article, its story, what is nearest to it, and its earlier headlines."""
    return show_article(reader, id)
