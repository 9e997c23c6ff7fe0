"""Commands over the ledger of stories: what happened, and what a person corrects."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, ArticleId, Indexes, Json, StoryId, Wait
from engine.cli.output import note, print_json, print_lines, print_table, print_text

if TYPE_CHECKING:
    from engine.jobs.clustering.correct import Corrected
    from engine.recorded import Event


def add_to(shelf: typer.Typer) -> None:
    """Register the commands under ``engine stories``."""
    for command in (history, diff, merge, split, move, pin, undo, approve, corrections, labels):
        shelf.command()(command)


def history(story: StoryId, *, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print what happened to a story, run by run.

    The headlines that were edited are printed, too.
    """
    with engine.open(indexes) as base:
        found = base.history(story)
    if json_:
        print_json(
            {
                "story": found.story,
                "survivor": found.survivor,
                "events": [
                    {"run": run.run, "at": run.at.isoformat(), "of": run.kind, **asdict(event)}
                    for run, event in found.events
                ],
                "headlines": {
                    id_: [{"until": until.isoformat(), "title": title} for until, title in titles]
                    for id_, titles in found.headlines.items()
                },
            }
        )
        return
    if found.survivor != story:
        print_text(f"{story} was merged and leads to {found.survivor}")
    print_table(
        ("run", "at", "what happened"),
        ((run.run, f"{run.at:%Y-%m-%d %H:%M}", _said(event)) for run, event in found.events),
    )
    for id_, titles in found.headlines.items():
        for until, title in titles:
            print_text(f"{id_} until {until:%Y-%m-%d %H:%M}: {title}")


def diff(
    earlier: Annotated[int, typer.Argument(min=0, help="Number of a run; 0 is before the first.")],
    later: Annotated[int, typer.Argument(help="Number of a later run.")],
    *,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print what changed between two runs."""
    with engine.open(indexes) as base:
        found = base.difference(earlier, later)
    if json_:
        print_json(
            {
                "earlier": found.earlier,
                "later": found.later,
                "events": [{"run": run, **asdict(event)} for run, event in found.events],
                "moves": [
                    {"article": id_, "from": origin, "to": target}
                    for id_, origin, target in found.moves
                ],
            }
        )
        return
    print_table(("run", "what happened"), ((run, _said(event)) for run, event in found.events))
    n_moved = sum(bool(origin) for _, origin, _ in found.moves)
    print_text(f"{len(found.moves) - n_moved} articles found a story, {n_moved} changed or left it")


def merge(
    stories: Annotated[list[str], typer.Argument(metavar="STORY STORY...", help="Their ids.")],
    *,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Make one story of several, for good.

    The largest keeps its id.
    """
    with engine.open(indexes, wait=wait) as base:
        _tell(base.merge(stories))


def split(
    story: StoryId,
    articles: Annotated[
        list[str], typer.Argument(metavar="ARTICLE...", help="Ids of those that leave it.")
    ],
    *,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Take articles out of a story, for good.

    Two or more become a story of their own.
    """
    with engine.open(indexes, wait=wait) as base:
        _tell(base.split(story, articles))


def move(
    article: ArticleId, story: StoryId, *, wait: Wait = 0.0, indexes: Indexes = DEFAULT_INDEXES
) -> None:
    """Put an article into a story, for good."""
    with engine.open(indexes, wait=wait) as base:
        _tell(base.move(article, story))


def pin(article: ArticleId, *, wait: Wait = 0.0, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Keep an article in the story in which it is."""
    with engine.open(indexes, wait=wait) as base:
        _tell(base.pin(article))


def undo(
    run: Annotated[int, typer.Argument(metavar="RUN", help="Number of the correction's run.")],
    *,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Take back a correction, however long ago.

    It holds no more, and what it moved goes back.
    """
    with engine.open(indexes, wait=wait) as base:
        done = base.undo(run)
    _tell(done, back="engine rollback")


def approve(
    run: Annotated[int, typer.Argument(metavar="RUN", help="Number of the held night's run.")],
    *,
    wait: Wait = 0.0,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Publish the stories of a night that was held back."""
    with engine.open(indexes, wait=wait) as base:
        done = base.approve(run)
    _tell(done, back="engine rollback")


def corrections(*, json_: Json = False, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print the corrections that nights keep to, oldest first."""
    with engine.open(indexes) as base:
        found = base.corrections()
    if json_:
        print_lines(asdict(said) | {"at": said.at.isoformat()} for said in found)
        return
    if not found:
        print_text("no corrections are in force")
        return
    print_table(
        ("run", "at", "kind", "story", "articles"),
        (
            (
                said.run,
                f"{said.at:%Y-%m-%d %H:%M}",
                said.kind,
                said.story,
                " from ".join(", ".join(ids) for ids in (said.articles, said.others) if ids),
            )
            for said in found
        ),
    )


def labels(*, indexes: Indexes = DEFAULT_INDEXES) -> None:
    """Print every correction as labelled pairs of articles.

    One JSON object a line.
    """
    with engine.open(indexes) as base:
        print_lines(map(asdict, base.labels()))


def _tell(done: Corrected, *, back: str = "") -> None:
    for event in done.events:
        note(_said(event))
    back = back or f"engine stories undo {done.run}"
    note(f"recorded as run {done.run}; '{back}' takes it back")


def _said(event: Event) -> str:
    match event.kind:
        case "born":
            return f"{event.story} was born with {event.n_articles} articles"
        case "split":
            return f"{event.story} split off from {event.other} with {event.n_articles} articles"
        case "merged":
            return f"{event.story} was merged into {event.other}"
        case "ended":
            return f"{event.story} ended with {event.n_articles} articles"
        case "shrank":
            return f"{event.story} lost {event.n_left} articles, has {event.n_articles}"
        case _:
            return f"{event.story} {event.kind} by {event.n_joined}, has {event.n_articles}"
