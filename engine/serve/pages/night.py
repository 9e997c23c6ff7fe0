"""What the page of a night shows: the last run, and nights whose stories were held back."""

from __future__ import annotations

from dataclasses import dataclass

from engine.domain import Value
from engine.jobs.base.reader import Reader
from engine.recorded import RunState
from engine.reports.briefing import BARE, Briefing, brief, brief_run
from engine.store import NO_RUN, Run

MOST_RUNS = 30
"""Runs that are listed, the latest."""


@dataclass(frozen=True, slots=True)
class NightPage(Value):
    """The page of a night.

    Attributes
    ----------
    briefing
        Of the run that was asked for, or of the live one; None where nothing was clustered yet.
    is_live
        Whether it is the run that is live.
    held
        Nights whose stories wait for a person: those after the last clustering that counts.
    runs
        The latest runs that count or were held, the newest first.
    """

    briefing: Briefing | None
    is_live: bool
    held: tuple[Run, ...]
    runs: tuple[Run, ...]


def night_page(reader: Reader, number: int | None = None) -> NightPage:
    """Return the page of a run, or of the one that is live.

    Raises
    ------
    NotFoundError
        There is no run of that number that counts or was held.
    """
    history, live = reader.corpus.history, reader.run
    chain = set(history.chain(live))
    known = [run for run in history.runs() if run.run in chain or run.state == RunState.HELD]
    if live == NO_RUN and number is None:
        found = None
    else:
        found = brief(reader, None, BARE) if number is None else brief_run(reader, number, BARE)
    last = max(history.clusterings(live), default=NO_RUN)
    return NightPage(
        briefing=found,
        is_live=found is not None and found.run.run == live,
        held=tuple(run for run in known if run.state == RunState.HELD and run.run > last),
        runs=tuple(known[: -MOST_RUNS - 1 : -1]),
    )
