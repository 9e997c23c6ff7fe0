"""Commands that find related articles and show one of them."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

import engine
from engine.cli.options import (
    DEFAULT_INDEXES,
    ArticleId,
    Indexes,
    Json,
    Languages,
    Since,
    Sources,
    Until,
    article_filter,
    finite,
)
from engine.cli.output import note, print_json, print_lines, print_table, print_text
from engine.disk.layout import base_layout
from engine.words.moments import minute

if TYPE_CHECKING:
    from engine.jobs.querying.explain import Why
    from engine.jobs.querying.hits import Hit
    from engine.jobs.querying.match import StoryMatch
    from engine.jobs.querying.query import Query
    from engine.jobs.querying.showing import ShownArticle


STDIN = "-"
"""What stands for standard input among texts and files."""


class Mode(StrEnum):
    """What makes one hit better than another; the names are those of the pipeline."""

    event = "event"
    dense = "dense"
    lexical = "lexical"
    hybrid = "hybrid"


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(similar)
    app.command()(show)


def similar(
    text: Annotated[
        str | None,
        typer.Argument(help="What to look for, in any language; - is standard input."),
    ] = None,
    *,
    id: Annotated[  # noqa: A002 - the option's name
        str | None, typer.Option("--id", help="Look for articles related to this one.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Look for articles related to this file; - is standard input."),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=10_000, help="Most hits to print.")] = 10,
    minimum: Annotated[
        float | None,
        typer.Option(
            "--min",
            min=-1.0,
            max=1.0,
            callback=finite,
            help="Least cosine of a hit; -1 shows far ones, too.",
        ),
    ] = None,
    since: Since = None,
    until: Until = None,
    language: Languages = None,
    source: Sources = None,
    fold: Annotated[
        bool, typer.Option("--fold/--no-fold", help="Put near-duplicates under the better hit.")
    ] = True,
    mode: Annotated[
        Mode,
        typer.Option(help="Same event first; or by meaning, by words in common, or by both."),
    ] = Mode.event,
    story: Annotated[
        bool, typer.Option("--story", help="Print only the story of the same event, if any.")
    ] = False,
    why: Annotated[bool, typer.Option("--why", help="Show why each hit was found.")] = False,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Find articles related to a text, a stored article or a file."""
    if sum(value is not None for value in (text, id, file)) != 1:
        raise typer.BadParameter("give exactly one of TEXT, --id and --file")
    piped = None
    if STDIN in (text, str(file)):
        text, file, piped = None, Path(STDIN), _standard_input()
    from engine.generations.ahead import OpenedAhead

    ahead = OpenedAhead(base_layout(indexes))  # whose thread reads beside the imports that follow
    from engine.searching import Searching  # not all that `engine.open` imports

    which = article_filter(since, until, language, source)
    with Searching(indexes, ahead=ahead) as base:
        base.open_ahead(encodes=id is None)
        query = base.query(text, id=id, file=file, stdin=piped)
        if story:
            _print_match(base.match(query), json_=json_)
            return
        hits = base.similar(query, k=k, which=which, minimum=minimum, fold=fold, mode=mode.value)
        reasons = base.why(query, hits) if why else []
    if not hits:
        filtered = bool(which) or minimum is not None
        (note if json_ else print_text)(_nothing(query, filtered=filtered))
    if json_:
        print_lines(_values(hit, place, reasons) for place, hit in enumerate(hits))
    elif reasons:
        _print_reasons(hits, reasons)
    elif hits:
        print_hits(hits)


def _standard_input() -> BinaryIO:
    content = sys.stdin.buffer.read()
    if not content.strip():
        raise typer.BadParameter("there is nothing to search for: standard input is empty")
    return io.BytesIO(content)


def _nothing(query: Query, *, filtered: bool) -> str:
    """Return what to say where there is no hit, and what else to try."""
    from engine.jobs.querying.query import says_something

    if not says_something(query.article):
        return "nothing found: the text has neither a letter nor a digit"
    return "nothing found" if filtered else "nothing near was found; --min -1 shows what is far"


def _values(hit: Hit, place: int, reasons: Sequence[Why]) -> dict[str, Any]:
    values = hit.to_dict()
    return values | {"why": reasons[place].to_dict()} if reasons else values


def print_hits(hits: Sequence[Hit]) -> None:
    """Print related articles as a table."""
    print_table(
        ("same event", "cosine", "published", "lang", "source", "id", "title"),
        (
            (
                f"{hit.probability:.0%}",
                f"{hit.cosine:.3f}",
                minute(hit.article.published),
                hit.article.language,
                hit.article.source,
                hit.article.id,
                hit.headline + (f" (+{len(hit.folded)} alike)" if hit.folded else ""),
            )
            for hit in hits
        ),
    )


def _print_match(match: StoryMatch, *, json_: bool) -> None:
    if json_:
        print_json(match.to_dict())
    elif match.story is None:
        print_text(f"no story: the likeliest one is of the same event by {match.probability:.0%}")
    else:
        told = match.story
        print_text(f"{match.probability:.0%} the same event: {told.id}  {told.headline}")


def _print_reasons(hits: Sequence[Hit], explained: Sequence[Why]) -> None:
    from engine.reports.wording import reasons

    for hit, why in zip(hits, explained, strict=True):
        print_text(f"{hit.probability:.0%} one event, cosine {hit.cosine:.3f}  {hit.headline}")
        when = minute(hit.article.published)
        print_text(f"  {hit.article.id}, {hit.article.source or 'no source'}, {when}")
        for line in reasons(why, "the query", "the hit"):
            print_text(f"  {line}")


def show(article: ArticleId, *, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print an article with its story and what is nearest to it.

    Its earlier headlines are printed, too.
    """
    with engine.open(indexes) as base:
        found = base.show(article)
    if json_:
        print_json(found.to_dict())
    else:
        _print_article(found)


def _print_article(found: ShownArticle) -> None:
    article, story = found.article, found.story
    print_text(found.headline)
    when = minute(article.published)
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
        print_text(f"in {story.id}, {story.n_articles} articles: {story.headline}")
    if found.neighbours:
        print_hits(found.neighbours)
