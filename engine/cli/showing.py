"""The command that shows one article."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

import engine
from engine.cli.ledger import ArticleId
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json
from engine.cli.output import print_json, print_text
from engine.cli.similar import print_hits

if TYPE_CHECKING:
    from engine.jobs.showing import ShownArticle


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(show)


def show(article: ArticleId, *, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print one article with its story, the nearest others and its earlier headlines."""
    with engine.open(indexes) as base:
        found = base.show(article)
    if json_:
        print_json(found.to_dict())
    else:
        _print(found)


def _print(found: ShownArticle) -> None:
    article, story = found.article, found.story
    when = "undated" if article.published is None else f"{article.published:%Y-%m-%d %H:%M}"
    print_text(found.headline)
    known = (article.source, article.language, when, article.author, article.url)
    print_text(f"  {', '.join(filter(None, known))}")
    for until, title in found.revisions:
        print_text(f"  until {until:%Y-%m-%d %H:%M}: {title}")
    print_text(f"\n{article.body}\n")
    if found.is_stub:
        print_text("only the lead: the rest is for subscribers\n")
    if story is None:
        print_text("in no story")
    else:
        print_text(f"in {story.id}, {len(story.article_ids)} articles: {story.headline}")
    if found.neighbours:
        print_hits(found.neighbours)
