"""Whose own reports come first, told from luck."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

from engine.coverage.races import Race, race
from engine.coverage.reports import Party, Reported, author
from engine.domain import Value
from engine.origins.intervals import wilson


@dataclass(frozen=True, slots=True)
class First(Value):
    """How often one outlet or agency was first with a text of its own.

    Attributes
    ----------
    kind
        ``outlet`` or ``agency``; of an agency's text the first print counts, wherever it is.
    name
        Of it.
    n_stories
        Stories of at least two voices in which it has a dated text of its own.
    n_decided
        Those of them of which it is known who was first.
    n_first
        Those of `n_decided` in which it was first.
    n_tied
        Those of `n_stories` in which it came with others, before all that are not among these.
    share, low, high
        `n_first` of `n_decided`, and between which shares it lies with 95 % confidence (see
        `engine.origins.intervals.wilson`); None where nothing is decided.
    by_chance
        The share that it would have if all that report a story came in any order: the mean of
        one over their number.
    """

    kind: str
    name: str
    n_stories: int
    n_decided: int
    n_first: int
    n_tied: int
    share: float | None
    low: float | None
    high: float | None
    by_chance: float | None

    @property
    def lead(self) -> float:
        """By how much it is at least first more often than by chance; above 0: surely."""
        if self.low is None or self.by_chance is None:
            return -inf
        return self.low - self.by_chance


def race_of_voices(story: Reported) -> Race[Party]:
    """Return in which order those that have texts of their own reported a story.

    There is no race where only one voice is known to report it: an agency that ten outlets
    print, an owner with ten titles.
    """
    own = [(party, report) for report in story.reports if (party := author(story, report))]
    voices = {report.voice for _, report in own if report.published is not None} - {""}
    return race(own if len(voices) > 1 else ())


def firsts(races: Sequence[Race[Party]]) -> tuple[First, ...]:
    """Return how often each outlet and agency was first.

    Parameters
    ----------
    races
        Of every story, as `race_of_voices` returns it.

    Returns
    -------
    tuple of First
        The surest leader first: by `First.lead`, then by `n_stories`.
    """
    counts: dict[str, Counter[Party]] = {
        name: Counter() for name in ("stories", "decided", "first", "tied")
    }
    chances = defaultdict[Party, float](float)
    for one in races:
        parties = one.ahead | one.behind.keys()
        counts["stories"].update(parties)
        decided = len(one.ahead) == 1
        counts["first" if decided else "tied"].update(one.ahead)
        if decided:
            counts["decided"].update(parties)
            for party in parties:
                chances[party] += 1 / len(parties)
    found = [
        _first(party, {name: counter[party] for name, counter in counts.items()}, chances[party])
        for party in counts["stories"]
        if party[1]
    ]
    return tuple(sorted(found, key=lambda one: (-one.lead, -one.n_stories, one.kind, one.name)))


def _first(party: Party, n: dict[str, int], chances: float) -> First:
    decided = n["decided"]
    low, high = wilson(n["first"], decided) if decided else (None, None)
    return First(
        kind=party[0],
        name=party[1],
        n_stories=n["stories"],
        n_decided=decided,
        n_first=n["first"],
        n_tied=n["tied"],
        share=n["first"] / decided if decided else None,
        low=low,
        high=high,
        by_chance=chances / decided if decided else None,
    )
