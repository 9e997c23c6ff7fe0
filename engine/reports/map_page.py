"""Articles as points on one page: near in meaning is near on paper, and stories have colours.

It is a drawing that prints and reads without scripts; a script adds zooming and a search for words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from importlib.resources import files

import numpy as np
import numpy.typing as npt

from engine.domain import Article, Story
from engine.reports.addresses import web_address
from engine.reports.html import page
from engine.reports.layout import Places
from engine.reports.wording import outlet
from engine.words.headlines import headline_of
from engine.words.moments import minute

WIDTH, HEIGHT = 1000, 700
"""Of the drawing, in its own units."""

_MARGIN = 20

MOST_LABELLED = 15
"""Largest stories that are listed, and whose headlines are written beside their points."""

_LABEL_CHARACTERS = 40

_HUE_STEP = 137.508
"""Degrees of the golden angle: however many hues are taken, none is near one of the last few."""


_TOOLS = """<p class="tools" hidden>
<label>Words <input type="search"></label> <button type="button">Whole map</button>
<output></output></p>"""
"""Hidden where no script shows them."""


def map_page(
    name: str, articles: Sequence[Article], spots: Places, stories: Sequence[Story]
) -> str:
    """Return a map.

    Parameters
    ----------
    name
        What the page is called.
    articles, spots
        The points and where they lie, shape (n, 2), in [0, 1].
    stories
        Those that some of them are in, the largest first; articles of none are grey.
    """
    number_of = {id_: place for place, story in enumerate(stories) for id_ in story.article_ids}
    placed = _MARGIN + spots * (np.array([WIDTH, HEIGHT]) - 2 * _MARGIN)
    points = [
        _point(article, spot, number_of.get(article.id), stories)
        for article, spot in zip(articles, placed, strict=True)
    ]
    spot_of = {article.id: spot for article, spot in zip(articles, placed, strict=True)}
    shown = list(enumerate(stories[:MOST_LABELLED]))
    labels = [_label(story, spot_of) for _, story in shown]
    body = [
        f"<h1>{escape(name)}</h1>",
        _TOOLS,
        f'<svg class="map" viewBox="0 0 {WIDTH} {HEIGHT}">',
        f"<title>{len(articles)} articles as points, by meaning</title>",
        *points,
        '<g class="labels">',
        *labels,
        "</g></svg>",
        f"<ol>{''.join(_entry(place, story) for place, story in shown)}</ol>",
    ]
    return page(name, body, style=_file("map.css"), script=_file("map.js"))


def _point(
    article: Article,
    spot: npt.NDArray[np.float64],
    number: int | None,
    stories: Sequence[Story],
) -> str:
    said = [
        headline_of(article),
        f"{outlet(article)}, {article.language}, {minute(article.published)}",
        *([] if number is None else [stories[number].headline]),
    ]
    fill = "" if number is None else f' fill="{_colour(number)}"'
    circle = (
        f'<circle cx="{spot[0]:.1f}" cy="{spot[1]:.1f}" r="4"{fill}>'
        f"<title>{escape(chr(10).join(said))}</title></circle>"
    )
    url = web_address(article)
    return f'<a href="{escape(url)}" rel="noreferrer">{circle}</a>' if url else circle


def _label(story: Story, spot_of: Mapping[str, npt.NDArray[np.float64]]) -> str:
    mine = np.array([spot_of[id_] for id_ in story.article_ids if id_ in spot_of])
    x, y = np.median(mine[:, 0]), mine[:, 1].min()
    # At a side, the words go inwards.
    anchor = ("start", "middle", "end")[int(3 * x / WIDTH)]
    text = story.headline
    if len(text) > _LABEL_CHARACTERS:
        text = f"{text[:_LABEL_CHARACTERS].rstrip()}…"
    return f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _entry(number: int, story: Story) -> str:
    dot = f'<svg viewBox="0 0 8 8"><circle cx="4" cy="4" r="4" fill="{_colour(number)}"/></svg>'
    return f'<li dir="auto">{dot} {escape(story.headline)} ({len(story.article_ids)})</li>'


def _colour(number: int) -> str:
    return f"hsl({number * _HUE_STEP % 360:.0f} 65% 45%)"


def _file(name: str) -> str:
    return files("engine.reports").joinpath(name).read_text(encoding="utf-8")
