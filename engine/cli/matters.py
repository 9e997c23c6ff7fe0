"""Commands that show the long matters of which stories are stages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, Headlines, Indexes, Json
from engine.cli.output import print_json, print_lines, print_table, print_text
from engine.words.moments import day

if TYPE_CHECKING:
    from engine.jobs.telling.matters import Matter, Stage

shelf = typer.Typer(no_args_is_help=True, help="Show the long matters that stories are stages of.")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    shelf.command("list")(list_)
    shelf.command()(show)
    app.add_typer(shelf, name="matters")


def list_(
    *,
    limit: Annotated[int, typer.Option(min=1, help="Matters to print.")] = 50,
    stages: Annotated[int, typer.Option(min=2, help="Only with so many stages or more.")] = 2,
    headlines: Headlines = None,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print the matters, that with the latest stage first."""
    with engine.open(indexes) as base:
        found = base.matters(headlines or "")
    found = [matter for matter in found if len(matter.stories) >= stages][:limit]
    if json_:
        print_lines(_short(matter) for matter in found)
        return
    if not found:
        print_text("no stories are stages of one matter")
        return
    print_table(
        ("id", "stages", "from", "to", "headline"),
        (
            (one.id, len(one.stories), day(one.started), day(one.ended), one.headline)
            for one in found
        ),
    )


def show(
    id: Annotated[str, typer.Argument(help="Id of the matter.")],  # noqa: A002 - the argument's name
    *,
    headlines: Headlines = None,
    sentences: Annotated[
        bool, typer.Option(help="Choose the sentence that stands for each stage.")
    ] = True,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print a matter stage by stage.

    When, what, who is new in it, and why it belongs.
    """
    with engine.open(indexes) as base:
        found = base.matter(id, language=headlines or "", sentences=sentences)
    if json_:
        print_json(found.to_dict())
        return
    matter = found.matter
    print_text(matter.headline)
    print_text(
        f"{matter.id}: {len(found.stages)} stages, {day(matter.started)} to {day(matter.ended)}"
    )
    for stage in found.stages:
        _print_stage(stage)
    for change in found.history:
        other = f" {change.other}" if change.other else ""
        print_text(
            f"run {change.run}, {change.at:%Y-%m-%d}: {change.kind}{other}, "
            f"{len(change.stories)} stories"
        )


def _short(matter: Matter) -> dict[str, object]:
    """Return a matter with the ids of its stories alone."""
    return matter.to_dict() | {"stories": [story.id for story in matter.stories]}


def _print_stage(stage: Stage) -> None:
    story, why = stage.story, stage.why
    days = " to ".join(dict.fromkeys((day(story.started), day(story.ended))))
    print_text(f"{stage.number}. {days}: {story.headline} ({story.id})")
    if stage.sentence is not None:
        print_text(f"   \u201c{stage.sentence.text}\u201d {stage.sentence.source}")
    if stage.newcomers:
        print_text(f"   new names: {', '.join(stage.newcomers)}")
    print_text(f"   {story.n_articles} articles, {story.n_independent} independent")
    shared = ", ".join(dict.fromkeys((*why.names, *why.keywords))) or "no name or keyword"
    print_text(f"   belongs by cosine {why.cosine:.2f} to the other stages, shares {shared}")
