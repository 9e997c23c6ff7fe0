"""The numbers of a night for Prometheus's textfile collector."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from engine.errors import StorageError
from engine.jobs.nights.nightly import HELD, PUBLISHED, UNCHANGED, NightlyReport

EVENT_KINDS = ("born", "split", "grew", "shrank", "merged", "ended", "reopened")

_SHARES = {
    "churn": "Share of the articles in a story that changed story.",
    "fragmentation": "Share of the stories from which another one split off.",
    "merged": "Share of the articles in a story whose whole story merged into another.",
    "chained": "Share of the articles of the largest stories whose story is a chain.",
    "torn": "Share of the pairs likelier than not one event that are in no story together.",
    "shared": "Share of the new articles with more words in common with their nearest; .5: chance.",
    "astray": "Share of the articles encoded again whose vector is not that of their text.",
    "singletons": "Share of the articles of the window in no story.",
}


def write_metrics(report: NightlyReport, path: Path, *, at: datetime) -> None:
    """Replace the file at `path` by the metrics of a night that ended `at`.

    The collector never sees half a file: it is written beside and renamed.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(metrics(report, at=at), encoding="ascii")
        beside.replace(path)
    except OSError as error:
        raise StorageError(f"cannot write the metrics to {path}: {error.strerror}") from error


def metrics(report: NightlyReport, *, at: datetime) -> str:
    """Return the metrics of a night in Prometheus's text format."""
    return "".join(f"{line}\n" for line in _lines(report, at))


def _lines(report: NightlyReport, at: datetime) -> Iterator[str]:
    yield from _metric(
        "finished_timestamp_seconds",
        "When the last night ended, in seconds since 1970.",
        {"": at.timestamp()},
    )
    yield from _metric(
        "outcome",
        "1 for how the last night ended.",
        {
            f'{{outcome="{name}"}}': float(name == report.outcome)
            for name in (PUBLISHED, HELD, UNCHANGED)
        },
    )
    read = report.ingested
    yield from _metric(
        "inputs",
        "Articles and inputs read, by what became of them.",
        {
            f'{{result="{name}"}}': getattr(read, name)
            for name in ("added", "updated", "unchanged", "rejected", "empty")
        },
    )
    yield from _metric(
        "step_seconds",
        "Wall time of each step.",
        {f'{{step="{name}"}}': value for name, value in report.seconds.items()},
    )
    yield from _metric("articles", "Articles in the base.", {"": report.facts.n_articles or 0})
    events = {} if report.outcome == UNCHANGED else report.facts.events or {}
    yield from _metric(
        "stories",
        "Stories by what happened to them.",
        {f'{{event="{kind}"}}': events.get(kind, 0) for kind in EVENT_KINDS},
    )
    if report.facts.alerts is not None:
        n_alerts = 0 if report.outcome != PUBLISHED else len(report.facts.alerts)
        yield from _metric("alerts", "Stories that are breaking.", {"": n_alerts})
    known = report.facts.to_dict()
    for name, text in _SHARES.items():
        if name in known:
            yield from _metric(name, text, {"": known[name]})


def _metric(name: str, text: str, values: dict[str, float]) -> Iterator[str]:
    yield f"# HELP engine_nightly_{name} {text}"
    yield f"# TYPE engine_nightly_{name} gauge"
    for labels, value in values.items():
        yield f"engine_nightly_{name}{labels} {value}"
