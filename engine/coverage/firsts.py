"""Whose own reports come first, told from luck."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from engine.coverage.races import Race, race
from engine.coverage.reports import Party, Reported, author
from engine.domain import Value
from engine.origins.intervals import wilson

MOST_LUCK = 0.05
"""Probability of luck at which something is called sure, as is usual."""


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
    luck
        How probable it is to be first in at least `n_first` of them in that way: a sum of unequal
        chances, which is computed exactly. None where nothing is decided.
    leads
        Whether that is too improbable to be luck: at most `MOST_LUCK` for any of all that are
        compared (Bonferroni).
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
    luck: float | None
    leads: bool


def race_of_voices(story: Reported) -> Race[Party]:
    """Return in which order those that have texts of their own reported a story.

    There is no race where only one voice is known to report it: an agency that ten outlets
    print, an owner with ten titles.
    """
    own = [(party, report) for report in story.reports if (party := author(story, report))]
    dated = [(party, report.voice) for party, report in own if report.published is not None]
    n_voices = len({voice for _, voice in dated if voice})
    n_parties = len({party for party, _ in dated})
    return race(own if min(n_voices, n_parties) > 1 else ())


def firsts(races: Sequence[Race[Party]]) -> tuple[First, ...]:
    """Return how often each outlet and agency was first.

    Parameters
    ----------
    races
        Of every story, as `race_of_voices` returns it.

    Returns
    -------
    tuple of First
        The surest leader first: by `First.luck`, then by `n_stories`.
    """
    counts: dict[str, Counter[Party]] = {name: Counter() for name in ("stories", "first", "tied")}
    chances = defaultdict[Party, list[float]](list)
    for one in races:
        parties = one.ahead | one.behind.keys()
        counts["stories"].update(parties)
        decided = len(one.ahead) == 1
        counts["first" if decided else "tied"].update(one.ahead)
        for party in parties if decided else ():
            chances[party].append(1 / len(parties))
    n_compared = sum(bool(name) for _, name in chances)
    found = [
        _first(
            party,
            {name: counter[party] for name, counter in counts.items()},
            chances.get(party, []),
            n_compared,
        )
        for party in counts["stories"]
        if party[1]
    ]
    return tuple(sorted(found, key=_rank))


def _rank(row: First) -> tuple[float, int, str, str]:
    return (inf if row.luck is None else row.luck, -row.n_stories, row.kind, row.name)


def _first(party: Party, n: dict[str, int], chances: Sequence[float], n_compared: int) -> First:
    decided = len(chances)
    low, high = wilson(n["first"], decided) if decided else (None, None)
    luck = at_least(n["first"], chances) if decided else None
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
        by_chance=sum(chances) / decided if decided else None,
        luck=luck,
        leads=luck is not None and luck * n_compared <= MOST_LUCK,
    )


def at_least(n_found: int, chances: Sequence[float]) -> float:
    """Return how probable it is that at least `n_found` of some independent cases come true.

    Parameters
    ----------
    n_found
        0 or more.
    chances
        Of each case, in [0, 1].
    """
    fewer = np.zeros(n_found)  # of each number below, how probable it is
    fewer[:1] = 1.0
    for chance in chances:
        fewer[1:] = fewer[1:] * (1 - chance) + fewer[:-1] * chance
        fewer[:1] *= 1 - chance
    return max(0.0, 1.0 - float(fewer.sum()))
