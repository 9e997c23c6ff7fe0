"""Commands under ``engine stories`` that show what is in a story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, ArticleId, Headlines, Indexes, Json
from engine.cli.output import print_json, print_lines, print_table, print_text
from engine.domain import Article, Origin, OriginKind, Story
from engine.words.moments import NO_DATE, day, minute

if TYPE_CHECKING:
    from engine.claims.comparing import Difference
    from engine.jobs.telling.other_stages import OtherEvents
    from engine.origins.voices import Independence

MOST_DAYS = 14
"""Days of a story whose counts are printed for people."""


def add_to(shelf: typer.Typer) -> None:
    """Register the commands."""
    shelf.command("show")(show_story)
    shelf.command("summary")(summarise_story)
    shelf.command("why")(why_pair)
    shelf.command()(disputed)


def show_story(
    id: Annotated[str, typer.Argument(help="Id of the story.")],  # noqa: A002 - the argument's name
    *,
    json_: Json = False,
    headlines: Headlines = None,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print one story and its articles in order of time.

    A star marks the most typical article.
    """
    from engine.jobs.lookup.history import in_time

    with engine.open(indexes) as base:
        story = base.story(id)
        articles = base.articles(story.article_ids)
        others = base.other_events(story)
        (days,) = base.days([story])
        voices = base.independence(story)
        if headlines is not None:
            (story,) = base.told([story], headlines)
    timeline = [article.id for article in in_time(articles.values())]
    if json_:
        rows = [_article(id_, articles) for id_ in story.article_ids]
        more = {
            "independence": voices.to_dict(),
            "articles": rows,
            "timeline": timeline,
            "days": days,
        }
        matter = {
            "same_matter": [other.id for other in others.shown],
            "n_more_of_matter": len(others.more),
            "matter": others.matter,
        }
        print_json(story.to_dict() | more | matter)
        return
    gone = [id_ for id_ in story.article_ids if id_ not in articles]
    _print_story(story, voices, days, [_article(id_, articles) for id_ in timeline + gone])
    _print_matter(others)


def _print_matter(others: OtherEvents) -> None:
    for other in others.shown:
        print_text(f"same matter: {other.id}, {day(other.started)}: {other.headline}")
    dated = [other for other in others.more if other.started is not None]
    span = f", from {day(dated[0].started)} to {day(dated[-1].started)}" if dated else ""
    if others.more:
        print_text(f"same matter: {len(others.more)} more{span}")


def _print_story(
    story: Story,
    voices: Independence,
    days: Mapping[str, int],
    rows: Sequence[Mapping[str, str | None]],
) -> None:
    print_text(story.headline)
    counts = [f"{day} {n_articles}" for day, n_articles in days.items()]
    if len(counts) > MOST_DAYS:
        counts = [*counts[: MOST_DAYS - 1], "...", counts[-1]]
    for label, found in (("names", story.names), ("keywords", story.keywords), ("days", counts)):
        if found:
            print_text(f"{label}: {', '.join(found)}")
    print_text(
        f"cohesion {story.cohesion:.3f}, {len(story.article_ids)} articles, {voices}, "
        f"{len(story.languages)} languages"
    )
    strengths = {
        id_: f"{strength:.3f}"
        for id_, strength in zip(story.article_ids, story.strengths, strict=True)
    }
    strengths[story.article_ids[0]] += "*"
    texts = dict(zip(story.article_ids, map(_text_of, story.origins), strict=False))
    print_table(
        ("published", "lang", "source", "text", "strength", "id", "title"),
        (
            (
                (row["published_at"] or NO_DATE)[:16].replace("T", " "),
                row["language"],
                row["source"],
                texts.get(str(row["id"]), ""),
                strengths[str(row["id"])],
                row["id"],
                row["title"],
            )
            for row in rows
        ),
    )


def _text_of(origin: Origin) -> str:
    """Return where a text comes from in a few words."""
    copied = origin.kind in (OriginKind.COPY, OriginKind.EDITED)
    said = f"{origin.kind} of {origin.of}" if copied else origin.kind.value
    return f"{said}, {origin.agency}" if origin.agency else said


def summarise_story(
    id: Annotated[str, typer.Argument(help="Id of the story.")],  # noqa: A002 - the argument's name
    *,
    language: Annotated[
        str, typer.Option("--lang", help="Quote articles in this language where there are some.")
    ] = "",
    sentences: Annotated[int, typer.Option(min=1, max=20, help="Most sentences.")] = 3,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print a story in a few sentences of its own articles.

    Each is printed with its source.
    """
    with engine.open(indexes, many_questions=False) as base:
        found = base.summary(base.story(id), language=language, n_sentences=sentences)
    if json_:
        print_json(found.to_dict())
        return
    for quoted in found.sentences:
        print_text(quoted.text)
        print_text(f"  {quoted.source or quoted.article}, {minute(quoted.published)}")


def why_pair(
    first: ArticleId, second: ArticleId, *, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES
) -> None:
    """Explain what joins two articles and what separates them."""
    with engine.open(indexes) as base:
        found = base.why_pair(first, second)
    stories = [story and story.id for story in found.stories]
    if json_:
        pair = {"articles": [first, second], "stories": stories}
        facts = {"needed": found.needed, "copies": found.copies}
        print_json(pair | facts | asdict(found.why))
        return
    from engine.reports.wording import pair_reasons

    for line in pair_reasons(found):
        print_text(line)


def _article(id_: str, articles: Mapping[str, Article]) -> dict[str, str | None]:
    from engine.words.headlines import headline_of  # not for --help

    article = articles.get(id_)
    if article is None:
        return {"published_at": None, "language": "", "source": "", "id": id_, "title": "(gone)"}
    return {
        "published_at": None if article.published is None else article.published.isoformat(),
        "language": article.language,
        "source": article.source,
        "id": id_,
        "title": headline_of(article),
    }


def disputed(
    id: Annotated[  # noqa: A002 - the argument's name
        str | None, typer.Argument(metavar="[STORY]", help="Id of one story. Default: all.")
    ] = None,
    *,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print which numbers and names outlets state differently.

    Who says what since when, and in which words. Copies of one text are one voice, rounding is no
    difference, and a number that grew is shown as one that changed. Names are those of people whose
    age is given.
    """
    with engine.open(indexes) as base:
        stories = base.stories() if id is None else [base.story(id)]
        found = [(story, base.disagreements(story)) for story in stories]
    differing = [(story, differences) for story, differences in found if differences]
    if json_ and id is not None:
        print_json(_differing(*found[0]))
    elif json_:
        print_lines(_differing(story, differences) for story, differences in differing)
    elif differing:
        for story, differences in differing:
            _print_differences(story, differences)
    else:
        print_text("nothing differs")


def _differing(story: Story, found: Sequence[Difference]) -> dict[str, object]:
    differences = [difference.to_dict() for difference in found]
    return {"story": story.id, "headline": story.headline, "differences": differences}


def _print_differences(story: Story, found: Sequence[Difference]) -> None:
    from engine.reports.differences import heading, who  # not for --help

    print_text(f"{story.id}  {story.headline}")
    for difference in found:
        print_text(f"  {heading(difference)}")
        for version in difference.versions:
            print_text(f"    {who(version)}")
            print_text(f"      {version.statements[0].sentence}")
