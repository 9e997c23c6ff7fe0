"""Alerts that nights raised, each with its story as it is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from engine.domain import Value
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.outlines import StoryOutline, outline
from engine.recorded import Alert
from engine.store import NO_RUN, Run


@dataclass(frozen=True, slots=True)
class BreakingStory(Value):
    """An alert, and the story that it is about.

    Attributes
    ----------
    run, raised
        The run that raised it, and its aware UTC time.
    alert
        What it found.
    story
        As it is now, after all mergers; None where it is gone or too small to be shown.
    """

    run: int
    raised: datetime
    alert: Alert
    story: StoryOutline | None


def breaking(
    reader: Reader, *, since: datetime | None = None, run: int | None = None, after: int = NO_RUN
) -> list[BreakingStory]:
    """Return the alerts that were raised up to the run that is live, the latest first.

    Parameters
    ----------
    reader
        Of the base.
    since
        Aware time: only those that were raised then or later.
    run
        Only those of this run.
    after
        Only those of runs after this one.
    """
    history = reader.corpus.history
    chain = {one for one in history.chain(reader.run) if one > after}
    return [
        told_alert(reader, one, alert)
        for one in history.runs()[::-1]
        if one.run in chain and run in {None, one.run} and (since is None or one.at >= since)
        for alert in one.facts.alerts or ()
    ]


def told_alert(reader: Reader, run: Run, alert: Alert) -> BreakingStory:
    """Return an alert of `run` with its story as it is now."""
    return BreakingStory(run.run, run.at, alert, outline(reader, reader.story(alert.story)))
