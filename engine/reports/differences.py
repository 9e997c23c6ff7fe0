"""What outlets state differently, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.claims.comparing import Difference, DifferenceKind, Version, growth
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.differ import disagreements
from engine.reports.story_brief import StoryBrief
from engine.words.moments import minute

MOST_SHOWN = 3
"""Differences of a story in a report; a page and `engine stories disputed` have them all."""

_SAID = {
    DifferenceKind.DISAGREEMENT: "Outlets disagree",
    DifferenceKind.DEVELOPMENT: "It changed",
    DifferenceKind.UNORDERED: "It differs",
}


def with_differences(reader: Reader, brief: StoryBrief) -> StoryBrief:
    """Return `brief` with what its outlets state differently, for which its texts are read."""
    return replace(brief, differences=tuple(disagreements(reader, brief.story)))


def heading(found: Difference) -> str:
    """Return what differs and how in a few words: ``Outlets disagree, dead: 9 or 11``.

    Of a number that grew the steps are told, not what was said less exactly in between.
    """
    # One number may be stated again in other terms, which is not said twice.
    grew = found.kind == DifferenceKind.DEVELOPMENT
    numbers = dict.fromkeys(map(str, growth(found.versions) if grew else found.versions))
    joined = (" → " if grew else " or ").join(numbers)
    what = f"{found.role} ({found.subject})" if found.subject else found.role.value
    unit = f" {found.unit}" if found.unit else ""
    return f"{_SAID[found.kind]}, {what}: {joined}{unit}"


def who(version: Version) -> str:
    """Return who states a number or spells a name so since when, and in which article."""
    first = version.statements[0]
    since = "since " * (version.since is not None) + minute(version.since)
    return f"{version}: {', '.join(version.voices)}, {since} ({first.article})"


def told_differences(found: tuple[Difference, ...]) -> Iterator[tuple[str, str]]:
    """Yield what is said of each difference, and the sentence that says it; the most telling."""
    for difference in found[:MOST_SHOWN]:
        yield f"{heading(difference)}.", ""
        for version in difference.versions:
            yield f"{who(version)}: ", f"“{version.statements[0].sentence}”"
