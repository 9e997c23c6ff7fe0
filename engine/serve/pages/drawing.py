"""Where things stand in drawings; the templates draw them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from engine.domain import Article, Embeddings, Value
from engine.reports.layout import principal
from engine.words.headlines import headline_of

WIDTH = 1000
"""Units across a drawing."""

MARGIN = 16
"""Units left free at either end, so that the first and the last mark are whole."""

BAR, BAR_HEIGHT = 5, 24
"""Units from one bar of a sparkline to the next, and its height."""

STEPS = tuple(timedelta(hours=hours) for hours in (1, 3, 6, 12, 24, 72, 168, 720, 2160, 8760))
"""Between the lines of a timeline; the first that needs no more than `MOST_TICKS`."""

MOST_TICKS = 7


@dataclass(frozen=True, slots=True)
class Mark(Value):
    """One article in a drawing.

    Attributes
    ----------
    x, y
        Units from the left and from the top.
    article
        Which one.
    kind
        ``first`` of its language, ``own`` text, ``copy`` or ``version``.
    """

    x: float
    y: float
    article: Article
    kind: str

    @property
    def headline(self) -> str:
        """What the article is called; never empty."""
        return headline_of(self.article)


@dataclass(frozen=True, slots=True)
class Tick(Value):
    """A line of a timeline: where it stands and when that was."""

    x: float
    at: datetime


@dataclass(frozen=True, slots=True)
class Timeline(Value):
    """When each article came: one lane a language, all of one span.

    Attributes
    ----------
    lanes
        By language, the marks of its dated articles.
    ticks
        Lines across all lanes.
    step_hours
        From one to the next.
    """

    lanes: dict[str, tuple[Mark, ...]]
    ticks: tuple[Tick, ...]
    step_hours: float = 0.0


def bars(timeline: Sequence[int]) -> list[tuple[int, float, float]]:
    """Return (x, y, height) of the bars of a sparkline; empty spans have a trace of one."""
    top = max(timeline, default=0)
    heights = [round(BAR_HEIGHT * count / top, 1) if count else 0.5 for count in timeline]
    return [(BAR * place, BAR_HEIGHT - height, height) for place, height in enumerate(heights)]


def timeline(kinds: Sequence[tuple[Article, str]]) -> Timeline:
    """Return where articles stand in time; those without a date do not.

    Parameters
    ----------
    kinds
        The articles and the kind of the mark of each, in order of time, grouped as the
        lanes are to be.
    """
    dated = [(a, kind, a.published) for a, kind in kinds if a.published is not None]
    if not dated:
        return Timeline({}, ())
    start = min(at for _, _, at in dated)
    span = max(max(at for _, _, at in dated) - start, timedelta(minutes=1))

    def place(at: datetime) -> float:
        return round(MARGIN + (WIDTH - 2 * MARGIN) * ((at - start) / span), 1)

    lanes: dict[str, tuple[Mark, ...]] = {}
    for article, kind, at in dated:
        mark = Mark(place(at), 0.0, article, kind)
        lanes[article.language] = (*lanes.get(article.language, ()), mark)
    step = next((step for step in STEPS if span / step <= MOST_TICKS), max(STEPS[-1], span / 4))
    ticks = tuple(Tick(place(at), at) for at in _ticks(start, span, step))
    return Timeline(lanes, ticks, step / timedelta(hours=1))


def _ticks(start: datetime, span: timedelta, step: timedelta) -> list[datetime]:
    """Return the round times within a span."""
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    first = midnight + -(-(start - midnight) // step) * step
    return [first + number * step for number in range((start + span - first) // step + 1)]


def scatter(articles: Sequence[Article], vectors: Embeddings) -> list[Mark]:
    """Return articles as points of a plane, those near in meaning near each other.

    Parameters
    ----------
    articles
        What is drawn.
    vectors
        Float32 unit rows, shape (n_articles, dim); fewer than three are no map.

    Returns
    -------
    list
        Marks in a square of `WIDTH`; both axes, the two principal components, have one scale.
    """
    if len(articles) < 3:
        return []
    points = principal(vectors - vectors.mean(axis=0))
    points -= (points.max(axis=0) + points.min(axis=0)) / 2
    # The sign of an axis is by chance: the first article stands to the left and above.
    points *= np.where(points[0] > 0, -1, 1)
    reach = max(float(np.abs(points).max()), 1e-6)
    places = WIDTH / 2 + points / reach * (WIDTH / 2 - 3 * MARGIN)
    return [
        Mark(round(float(x), 1), round(float(y), 1), article, "own")
        for article, (x, y) in zip(articles, places, strict=True)
    ]
