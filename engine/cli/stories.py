"""Commands that make and list stories; `engine.cli.story` shows one."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli import exports, ledger, story
from engine.cli.options import (
    DEFAULT_INDEXES,
    Granularity,
    Headlines,
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
from engine.domain import Story
from engine.words.moments import day

if TYPE_CHECKING:
    from engine.origins.voices import Independence

ANY = "any"
"""What is said for headlines in whatever language they come."""


class Order(StrEnum):
    """In which order stories are listed; the names are those of `engine.jobs.lookup.listing`."""

    largest = "largest"
    newest = "newest"


shelf = typer.Typer(no_args_is_help=True, help="Show the stories of the last clustering.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(cluster)
    story.add_to(shelf)
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
    length = None if window is None else span(window, "--window")
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
        since=moment(since, "--since"),
        until=moment(until, "--until"),
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
                day(story.started),
                day(story.ended),
                story.headline,
            )
            for story, said in zip(stories, voices, strict=True)
        ),
    )
