"""The words in which coverage is told."""

from __future__ import annotations

from engine.coverage.figures import Coverage

MOST_LEADERS = 3
"""Leaders that a report names."""


def counts(found: Coverage) -> list[str]:
    """Return what the figures are of, one sentence each."""
    articles = (
        f"Stories: {found.n_stories}, with {found.n_articles} articles, of which "
        f"{found.n_undated} have no date and {found.n_by_day} a day without hours."
    )
    races = (
        f"Of at least two voices with a date: {found.n_raced}; of {found.n_decided} of them it is "
        "known who was first."
    )
    said = [articles, races]
    if found.n_untold:
        said.append(
            f"{found.n_untold} stories are left out, as they were described before origins of "
            "texts were kept; 'engine cluster' describes those of the window again."
        )
    return said


def leaders_and_laggards(found: Coverage) -> list[str]:
    """Return who is surely first more often than by chance, and how late languages are.

    At most two sentences; none where nothing is sure.
    """
    leaders = [
        f"{row.name} ({row.n_first} of {row.n_decided}, by chance {row.by_chance:.0%})"
        for row in found.firsts[:MOST_LEADERS]
        if row.leads
    ]
    late = [
        f"{row.name} {gap(row.median)} (in {row.n_behind} of {row.n_stories})"
        for row in found.language_lags[:MOST_LEADERS]
        if row.median is not None
    ]
    said = []
    if leaders:
        said.append(f"First more often than by chance: {', '.join(leaders)}.")
    if late:
        said.append(f"Behind the first report, by the median: {', '.join(late)}.")
    return said


def gap(hours: float) -> str:
    """Return a time in the largest unit of which there are two, in words."""
    for unit, size in (("day", 24), ("hour", 1)):
        if hours >= 2 * size:
            return f"{hours / size:.0f} {unit}s"
    return f"{60 * hours:.0f} minutes"
