"""The command that tells what the articles of a story state differently."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

import engine
from engine.cli.options import DEFAULT_INDEXES, Indexes, Json
from engine.cli.output import print_json, print_lines, print_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from engine.claims.comparing import Difference
    from engine.domain import Story


def add_to(shelf: typer.Typer) -> None:
    """Register the command under ``engine stories``."""
    shelf.command()(disputed)


def disputed(
    id: Annotated[  # noqa: A002 - the argument's name
        str | None, typer.Argument(metavar="[STORY]", help="Id of one story. Default: all.")
    ] = None,
    *,
    json_: Json = False,
    indexes: Indexes = DEFAULT_INDEXES,
) -> None:
    """Print which numbers and names outlets state differently: who says what since when.

    Copies of one text are one voice, rounding is no difference, and a number that grew is shown
    as one that changed. Names are those of people whose age is given.
    """
    with engine.open(indexes) as base:
        stories = base.stories() if id is None else [base.story(id)]
        found = [(story, base.disagreements(story)) for story in stories]
    differing = [(story, differences) for story, differences in found if differences]
    if json_ and id is not None:
        print_json(_as_dict(*found[0]))
    elif json_:
        print_lines(_as_dict(story, differences) for story, differences in differing)
    elif differing:
        for story, differences in differing:
            _print(story, differences)
    else:
        print_text("nothing differs")


def _as_dict(story: Story, found: Sequence[Difference]) -> dict[str, object]:
    differences = [difference.to_dict() for difference in found]
    return {"story": story.id, "headline": story.headline, "differences": differences}


def _print(story: Story, found: Sequence[Difference]) -> None:
    from engine.reports.differences import heading, who  # not for --help

    print_text(f"{story.id}  {story.headline}")
    for difference in found:
        print_text(f"  {heading(difference)}")
        for version in difference.versions:
            print_text(f"    {who(version)}")
            print_text(f"      {version.statements[0].sentence}")
