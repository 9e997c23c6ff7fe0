"""What the bench of stories clusters: each labelled set whole, undated, growing and thinned.

A base meets its events piece by piece, and most of what it holds may stand alone; a labelled set
holds nothing but events, all of them complete. So each set is also taken as it grows by date,
and thinned until most events have one article.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import numpy as np
from labelled import Labelled

from engine.domain import Rows
from engine.same_event.window import Window

BY_YEAR = ("gun_violence",)
"""Sets of several years, of which each is a window of its own."""

LEAST_OF_A_YEAR = 100
"""Articles of a year that are worth a window; `gun_violence` has 26 of 2015."""

KINDS = ("whole", "undated", "grow", "thin")

GROWN = (0.15, 0.35, 0.6, 0.8, 1.0)
"""Shares of the articles that are there, by date."""

LEAST_DATED = 0.9
"""Share of dated articles from which a set can be said to grow."""

SEEDS = (0, 1)
WHOLE_EVENTS = 0.25
"""Share of the events that are left whole in a thinned set."""


@dataclass(frozen=True)
class Case:
    """A window to cluster.

    Attributes
    ----------
    source
        The set that must be left out of what is learnt.
    name, form, kind, detail
        Set and year, ``f`` or ``t``, one of `KINDS`, and which of that kind.
    window, gold
        The articles, and the event of each: int64, shape (n,).
    """

    source: str
    name: str
    form: str
    kind: str
    detail: str
    window: Window
    gold: np.ndarray

    def taken(self, rows: np.ndarray, kind: str, detail: str) -> Case:
        """Return the case of `rows` alone."""
        window, gold = self.window.take(Rows(rows)), self.gold[rows]
        return replace(self, kind=kind, detail=detail, window=window, gold=gold)


def cases(labelled: Labelled, kinds: tuple[str, ...] = KINDS) -> Iterator[Case]:
    """Yield the windows of a set of some kinds."""
    made = {"whole": lambda whole: [whole], "undated": _undated, "grow": _grown, "thin": _thinned}
    for whole in _wholes(labelled):
        for kind in kinds:
            yield from made[kind](whole)


def _wholes(labelled: Labelled) -> Iterator[Case]:
    name, form, window, gold = labelled.name, labelled.form, labelled.window, labelled.gold
    whole = Case(name, name, form, "whole", "", window, gold)
    if name not in BY_YEAR:
        yield whole
        return
    years = np.array([_year(published) for published in window.published.tolist()])
    for year in np.unique(years[years > 0]).tolist():
        rows = np.flatnonzero(years == year)
        if len(rows) >= LEAST_OF_A_YEAR:
            yield replace(whole.taken(rows, "whole", ""), name=f"{name} {year}")


def _year(published: float) -> int:
    """Return the year of a moment, 0 for none."""
    return 0 if np.isnan(published) else datetime.fromtimestamp(published, UTC).year


def _undated(whole: Case) -> Iterator[Case]:
    if not np.isnan(whole.window.published).all():
        undated = replace(whole.window, published=np.full(len(whole.window), np.nan))
        yield replace(whole, kind="undated", window=undated)


def _grown(whole: Case) -> Iterator[Case]:
    dates = whole.window.published
    if np.mean(~np.isnan(dates)) < LEAST_DATED:
        return
    order = np.argsort(np.nan_to_num(dates, nan=np.inf), kind="stable")
    for share in GROWN:
        yield whole.taken(order[: round(share * len(order))], "grow", f"{share:.0%}")


def _thinned(whole: Case) -> Iterator[Case]:
    events = np.unique(whole.gold)
    for seed in SEEDS:
        random = np.random.default_rng(seed)
        n_left = max(1, round(WHOLE_EVENTS * len(events)))
        left = random.permutation(events)[:n_left]
        rows = np.flatnonzero(np.isin(whole.gold, left)).tolist()
        for event in np.setdiff1d(events, left).tolist():
            rows.append(int(random.choice(np.flatnonzero(whole.gold == event))))
        yield whole.taken(np.sort(rows), "thin", f"seed {seed}")
