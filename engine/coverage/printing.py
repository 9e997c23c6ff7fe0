"""Who prints whose texts: agencies, and outlets of each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from engine.coverage.reports import Party, Report, Reported, is_later
from engine.domain import Value
from engine.origins.intervals import wilson


@dataclass(frozen=True, slots=True)
class Printing(Value):
    """How much of an agency's or an outlet's texts an outlet prints.

    Attributes
    ----------
    outlet
        Who prints.
    kind, source
        ``agency`` or ``outlet``, and its name: whose text it is.
    same_owner
        Whether both belong to one owner.
    n_articles
        With a text of it.
    n_unordered
        Those of them of which it is not known who printed it earlier; either may be the source.
    n_stories
        Of these articles.
    n_both
        Stories that both report; of an agency, all that the outlet reports.
    share, low
        `n_stories` of `n_both`, and what it is at least with 97.5 % confidence: the lower end
        of `engine.origins.intervals.wilson`.
    """

    outlet: str
    kind: str
    source: str
    same_owner: bool
    n_articles: int
    n_unordered: int
    n_stories: int
    n_both: int
    share: float
    low: float


def printings(stories: Sequence[Reported]) -> tuple[Printing, ...]:
    """Return who prints whom, what is in most stories first."""
    printed = defaultdict[tuple[str, Party], list[tuple[str, bool]]](list)
    reported = defaultdict[str, set[str]](set)
    owners: dict[str, str] = {}
    for story in stories:
        for report in story.reports:
            owners[report.outlet] = report.owner
            reported[report.outlet].add(story.id)
            if (whose := _source(story, report)) is not None:
                found = (story.id, _is_ordered(story, report))
                printed[report.outlet, whose].append(found)
    rows = []
    for (outlet, (kind, source)), articles in printed.items():
        by_outlet = kind == "outlet"
        both = reported[outlet] & reported[source] if by_outlet else reported[outlet]
        same_owner = by_outlet and owners[outlet] == owners[source]
        rows.append(_printing(outlet, (kind, source), articles, len(both), same_owner))
    return tuple(sorted(rows, key=lambda row: (-row.n_stories, row.outlet, row.kind, row.source)))


def _printing(
    outlet: str,
    source: Party,
    articles: Sequence[tuple[str, bool]],
    n_both: int,
    same_owner: bool,
) -> Printing:
    n_stories = len({story for story, _ in articles})
    return Printing(
        outlet=outlet,
        kind=source[0],
        source=source[1],
        same_owner=same_owner,
        n_articles=len(articles),
        n_unordered=sum(not is_ordered for _, is_ordered in articles),
        n_stories=n_stories,
        n_both=n_both,
        share=n_stories / n_both,
        low=wilson(n_stories, n_both)[0],
    )


def _source(story: Reported, report: Report) -> Party | None:
    """Return whose text an outlet prints; None where it is its own or one of them is not known."""
    if not report.outlet:
        return None
    agency = report.origin.agency
    if agency:
        own = agency.casefold() in {report.owner.casefold(), report.outlet.casefold()}
        return None if own else ("agency", agency)
    original = story.printed(report)
    if original is None or original.outlet in {"", report.outlet}:
        return None
    return "outlet", original.outlet


def _is_ordered(story: Reported, report: Report) -> bool:
    original = story.printed(report)
    return bool(report.origin.agency) or original is None or is_later(report, original)
