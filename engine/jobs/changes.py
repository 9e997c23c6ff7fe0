"""Telling a program what a night changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from engine.domain import Event, Story
from engine.jobs.nightly import PUBLISHED, NightlyReport
from engine.jobs.session import Reader

Changed: TypeAlias = Callable[[Event, Story | None], object]
"""Called with what happened to a story, and the story as it is now: None where it is gone, or
too small to be shown."""


def tell_changes(reader: Reader, report: NightlyReport, changed: Changed) -> None:
    """Call `changed` for every event of a night that was published, in the order of the ledger.

    A night that was held back, or had nothing new, changed no story.

    Parameters
    ----------
    reader
        Of what the night published, which the lock guards no more: `changed` may use the base.
    report
        Of the night.
    changed
        What is called; each event is told, whatever became of those before.

    Raises
    ------
    ExceptionGroup
        Some of the calls failed. The night stays published, and what it changed can be read
        again by `engine.jobs.history`.
    """
    if report.outcome != PUBLISHED:
        return
    events = reader.corpus.history.events(report.run)
    failures = []
    for event in events:
        try:
            changed(event, reader.stories.get(event.story))
        except Exception as error:  # noqa: BLE001 - the caller's own; all are raised below
            failures.append(error)
    if failures:
        raise ExceptionGroup(
            f"run {report.run} is published as {report.generation}, but {len(failures)} of its "
            f"{len(events)} events could not be told",
            failures,
        )
