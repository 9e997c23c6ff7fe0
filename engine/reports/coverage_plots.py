"""Coverage as plots: Vega-Lite specifications that hold their data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from engine.coverage.figures import Coverage
from engine.domain import as_json
from engine.reports.coverage_tables import rows_of

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
"""Names the language of a specification; nothing is loaded from there."""

MOST_BARS = 25
"""Rows of a plot: more cannot be read."""

Spec = dict[str, Any]


def plots(found: Coverage) -> dict[str, Spec]:
    """Return the plots by name, each a whole specification."""
    return {
        "firsts": _firsts(found),
        "language_lags": _lags(found, "language_lags", "Language"),
        "outlet_lags": _lags(found, "outlet_lags", "Outlet"),
        "gaps": _gaps(found),
        "printings": _printings(found),
        "periods": _periods(found),
    }


def _plot(title: str, subtitle: str, rows: Sequence[dict[str, Any]], **rest: object) -> Spec:
    return {
        "$schema": SCHEMA,
        "title": {"text": title, "subtitle": subtitle, "anchor": "start"},
        "data": {"values": as_json(list(rows))},
        **rest,
    }


def _axis(field: str, kind: str, title: str, **rest: object) -> dict[str, Any]:
    return {"field": field, "type": kind, "title": title, **rest}


def _firsts(found: Coverage) -> Spec:
    rows = [row for row in rows_of(found, "firsts") if row["n_decided"]][:MOST_BARS]
    name = _axis("name", "nominal", "", sort=None)
    shares = {"scale": {"domain": [0, 1]}, "axis": {"format": "%"}}
    return _plot(
        "Who is first with a text of its own",
        "Share of the stories whose first report is known, with its 95 % interval; the tick is "
        "what chance gives.",
        rows,
        layer=[
            {
                "mark": "rule",
                "encoding": {
                    "y": name,
                    "x": _axis("low", "quantitative", "share of stories", **shares),
                    "x2": {"field": "high"},
                },
            },
            {
                "mark": {
                    "type": "point",
                    "filled": True,
                    "size": 60,
                    "tooltip": {"content": "data"},
                },
                "encoding": {
                    "y": name,
                    "x": _axis("share", "quantitative", "share of stories", **shares),
                    "color": _axis("kind", "nominal", ""),
                },
            },
            {
                "mark": {"type": "tick", "color": "grey"},
                "encoding": {
                    "y": name,
                    "x": _axis("by_chance", "quantitative", "share of stories"),
                },
            },
        ],
    )


def _lags(found: Coverage, table: str, what: str) -> Spec:
    rows = [row for row in rows_of(found, table) if row["n_behind"]][:MOST_BARS]
    name = _axis("name", "nominal", "", sort=None)
    # A lag of seconds stands at a hundredth of an hour: a logarithm knows no nothing.
    shown = [
        row | {f"shown_{at}": max(row[at], 0.01) for at in ("lower", "median", "upper")}
        for row in rows
    ]
    log = {"scale": {"type": "log"}}
    return _plot(
        f"{what}s behind the first report",
        "Median and quartiles of the stories in which it was behind.",
        shown,
        layer=[
            {
                "mark": {"type": "bar", "height": 8, "opacity": 0.4},
                "encoding": {
                    "y": name,
                    "x": _axis("shown_lower", "quantitative", "hours", **log),
                    "x2": {"field": "shown_upper"},
                },
            },
            {
                "mark": {"type": "point", "filled": True, "tooltip": {"content": "data"}},
                "encoding": {"y": name, "x": _axis("shown_median", "quantitative", "hours", **log)},
            },
        ],
    )


def _gaps(found: Coverage) -> Spec:
    return _plot(
        "What one language has and another misses",
        "Share of the stories of the row that the column does not have.",
        rows_of(found, "gaps"),
        mark={"type": "rect", "tooltip": {"content": "data"}},
        encoding={
            "y": _axis("has", "nominal", "has", sort=None),
            "x": _axis("misses", "nominal", "misses", sort=None),
            "color": _axis(
                "share", "quantitative", "share", scale={"domain": [0, 1]}, legend={"format": "%"}
            ),
        },
    )


def _printings(found: Coverage) -> Spec:
    return _plot(
        "Who prints whose texts",
        "Stories, for the pairs with most of them.",
        rows_of(found, "printings")[: 4 * MOST_BARS],
        mark={"type": "circle", "tooltip": {"content": "data"}},
        encoding={
            "y": _axis("outlet", "nominal", "prints", sort=None),
            "x": _axis("source", "nominal", "a text of", sort=None),
            "size": _axis("n_stories", "quantitative", "stories"),
            "color": _axis("kind", "nominal", "source"),
        },
    )


def _periods(found: Coverage) -> Spec:
    rows = [
        {"start": row["start"], "of": f"{what}s", "index": row[f"{what}s_index"]}
        | {"largest": row[f"largest_{what}"], "share": row[f"largest_{what}_share"]}
        for row in rows_of(found, "periods")
        for what in ("owner", "voice")
    ]
    return _plot(
        "Concentration",
        f"Index of Herfindahl and Hirschman by {found.by}: the chance that two are of one.",
        rows,
        mark={"type": "line", "point": True, "tooltip": {"content": "data"}},
        encoding={
            "x": _axis("start", "temporal", ""),
            "y": _axis("index", "quantitative", "index"),
            "color": _axis("of", "nominal", ""),
        },
    )
