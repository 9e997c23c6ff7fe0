"""Commands that make and show stories."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli import disputed, exports, ledger
from engine.cli.options import (
    DEFAULT_INDEXES,
    ArticleId,
    Granularity,
    Indexes,
    Json,
    On,
    Wait,
    Workers,
    log_odds,
    moment,
    processors,
    span,
)
from engine.cli.output import note, print_json, print_lines, print_table, print_text, progress_bars
from engine.domain import Article, Origin, OriginKind, Story

if TYPE_CHECKING:
    from engine.jobs.lookup.outlines import StoryOutline
    from engine.jobs.telling.other_stages import OtherEvents
    from engine.origins.voices import Independence

Headlines = Annotated[
    str | None,
    typer.Option(
        help="Show headlines in this language where a story has an article in it. Default: that "
        "of 'engine stories headlines'."
    ),
]

ANY = "any"
"""What is said for headlines in whatever language they come."""

MOST_DAYS = 14
"""Days of a story whose counts are printed for people."""


class Order(StrEnum):
    """In which order stories are listed; the names are those of `engine.jobs.lookup.listing`."""

    largest = "largest"
    newest = "newest"


shelf = typer.Typer(no_args_is_help=True, help="Show the stories of the last clustering.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(cluster)
    disputed.add_to(shelf)
    ledger.add_to(shelf)
    shelf.command("export")(exports.story)
    app.add_typer(shelf, name="stories")


def cluster(
    *,
    window: Annotated[
        str | None,
        typer.Option(help="Only articles of this span before the latest, such as 14d or 36h."),
    ] = None,
    granularity: Granularity = None,
    on: On = "local",
    workers: Workers = None,
    json_: Json = False,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Group the coverage of one event into stories and publish them."""
    length = None if window is None else span(window)
    setting = None if granularity is None else log_odds(granularity)
    n_workers = workers or processors()
    with (
        progress_bars() as progress,
        engine.open(indexes, wait=wait, progress=progress, on=on, workers=n_workers) as base,
    ):
        report = base.cluster(window=length, granularity=setting)
    if json_:
        print_json(report.to_dict())
    note(
        f"published {report.generation}: {report.n_stories} stories hold {report.n_in_stories} "
        f"of {report.n_articles} articles, {report.n_kept} older stories kept, "
        f"granularity {report.facts.granularity:g}, {report.seconds:.1f} s"
    )
    if report.facts.migrated_from is not None:
        from engine.reports.wording import continuity

        note(continuity(report.facts))


@shelf.command("list")
def list_stories(
    *,
    json_: Json = False,
    limit: Annotated[int | None, typer.Option(min=1, help="Most stories to print.")] = None,
    since: Annotated[
        str | None, typer.Option(help="Only stories with an article from this date on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="Only stories with an article before this date.")
    ] = None,
    language: Annotated[
        str, typer.Option("--lang", help="Only stories with an article in this language.")
    ] = "",
    source: Annotated[str, typer.Option(help="Only stories with an article of this outlet.")] = "",
    words: Annotated[
        str, typer.Option(help="Only stories with these words in headline, keywords or names.")
    ] = "",
    independent: Annotated[
        int, typer.Option(min=0, help="Only stories that so many independent outlets report.")
    ] = 0,
    order: Annotated[
        Order, typer.Option("--sort", help="By number of articles, or by the latest article.")
    ] = Order.largest,
    headlines: Headlines = None,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print the stories, largest first or newest first."""
    from engine.jobs.lookup.listing import StoryFilter

    which = StoryFilter(
        since=None if since is None else moment(since),
        until=None if until is None else moment(until),
        language=language,
        source=source,
        words=words,
        independent=independent,
        order=order.value,
    )
    with engine.open(indexes) as base:
        found = base.stories(which)[:limit]
        clustered = base.reader.run > 0
        if headlines is not None:
            found = base.told(found, headlines)
        days = base.days(found) if json_ else []
        voices = [base.independence(story) for story in found]
    if not found:
        filtered = which != StoryFilter(order=order.value)
        (note if json_ else print_text)(_nothing(clustered=clustered, filtered=filtered))
    elif json_:
        print_lines(
            story.to_dict() | {"independence": said.to_dict(), "days": counts}
            for story, said, counts in zip(found, voices, days, strict=True)
        )
    else:
        _print_list(found, voices)


@shelf.command("headlines")
def set_headlines(
    language: Annotated[
        str | None,
        typer.Argument(help="As nl, nld or Dutch; 'any' takes headlines as they come."),
    ] = None,
    *,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Say in which language this base shows headlines, or print it.

    Stories, hits and reports then take the headline of an article in this language where the
    story has one. It holds until you say another.
    """
    with engine.open(indexes, wait=wait) as base:
        if language is None:
            print_text(base.headline_language or ANY)
            return
        code = base.tell_in("" if language.casefold() == ANY else language)
    note(f"headlines: {code or ANY}")


def _nothing(*, clustered: bool, filtered: bool) -> str:
    """Return why there is no story to list."""
    if not clustered:
        return "nothing was clustered yet; run 'engine cluster'"
    return "no such stories" if filtered else "no stories: no two articles report one event"


def _print_list(stories: Sequence[Story], voices: Sequence[Independence]) -> None:
    print_table(
        ("story", "articles", "independent", "languages", "from", "to", "headline"),
        (
            (
                story.id,
                len(story.article_ids),
                said.n_independent,
                " ".join(story.languages),
                _day(story, "started"),
                _day(story, "ended"),
                story.headline,
            )
            for story, said in zip(stories, voices, strict=True)
        ),
    )


@shelf.command("show")
def show_story(
    id: Annotated[str, typer.Argument(help="Id of the story.")],  # noqa: A002 - the argument's name
    *,
    json_: Json = False,
    headlines: Headlines = None,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print one story and its articles in order of time; a star marks the most typical one."""
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
        print_text(f"same matter: {other.id}, {_day(other, 'started')}: {other.headline}")
    dated = [other for other in others.more if other.started is not None]
    span = f", from {_day(dated[0], 'started')} to {_day(dated[-1], 'started')}" if dated else ""
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
                (row["published_at"] or "undated")[:16].replace("T", " "),
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


@shelf.command("summary")
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
    """Print a story in a few sentences of its own articles, each with its source."""
    with engine.open(indexes, many_questions=False) as base:
        found = base.summary(base.story(id), language=language, n_sentences=sentences)
    if json_:
        print_json(found.to_dict())
        return
    for quoted in found.sentences:
        when = "undated" if quoted.published is None else f"{quoted.published:%Y-%m-%d %H:%M}"
        print_text(quoted.text)
        print_text(f"  {quoted.source or quoted.article}, {when}")


@shelf.command("why")
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


def _day(story: Story | StoryOutline, name: str) -> str:
    moment = getattr(story, name)
    return "undated" if moment is None else f"{moment:%Y-%m-%d}"
