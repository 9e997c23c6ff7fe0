"""What is breaking: stories that grow faster than those of their base do, told once each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from engine.domain import Seconds, Story
from engine.jobs.base.scope import Ground
from engine.jobs.nights.spoken import Spoken, first_reports
from engine.recorded import Alert, AlertKind, Event, EventKind
from engine.stories.growth import FEWEST_STORIES, Reports, growth


def find_alerts(
    ground: Ground, stories: Sequence[Story], events: Sequence[Event], window: timedelta
) -> tuple[Alert, ...]:
    """Return the alerts of a run that is not recorded yet, the least likely by chance first.

    Parameters
    ----------
    ground
        What the run goes on from, and its articles.
    stories, events
        What the run makes of them.
    window
        A story without a new voice for so long is over.
    """
    spoken = first_reports(ground, stories)
    if spoken is None or not spoken.fresh.any():
        return ()
    told = _told(ground, events)
    over = spoken.last < spoken.now - int(window.total_seconds())
    alerts = [alert for alert in _spikes(spoken, over) if alert.story not in told]
    alerts += _crossings(spoken, told)
    return tuple(sorted(alerts, key=lambda alert: (alert.chance, alert.story)))


def _told(ground: Ground, tonight: Sequence[Event]) -> Mapping[str, Alert]:
    """Return the last alert of each story that has had one, under all ids it has now."""
    history = ground.corpus.history
    chain, descents = set(history.chain(ground.run)), history.descents(ground.run)
    told: dict[str, Alert] = {}
    for run in history.runs():
        if run.run in chain:
            _inherit(told, descents.get(run.run, ()))
            told |= {alert.story: alert for alert in run.facts.alerts or ()}
    _inherit(told, tonight)
    return told


def _inherit(told: dict[str, Alert], events: Sequence[Event]) -> None:
    """Let a story that was merged into, and one that split off, have the alert of the other."""
    for event in events:
        if event.kind == EventKind.MERGED and event.story in told:
            told[event.other] = _joined(told[event.story], told.get(event.other))
        elif event.kind == EventKind.SPLIT and event.other in told:
            told.setdefault(event.story, told[event.other])


def _joined(one: Alert, other: Alert | None) -> Alert:
    """Return what was told of two stories that are one now: a crossing is told once."""
    if other is None:
        return one
    later = one if one.kind == AlertKind.CROSSED else other
    return replace(later, languages=tuple(sorted({*one.languages, *other.languages})))


def _spikes(spoken: Spoken, over: npt.NDArray[np.bool_]) -> Iterator[Alert]:
    """Yield an alert for each story that began to grow so fast tonight.

    A story is compared with those of the language in which it began; where they are too few to
    tell, with all stories of the base.
    """
    begun_in = spoken.languages[spoken.firsts]
    large = sorted(name for name, n in Counter(begun_in.tolist()).items() if n >= FEWEST_STORIES)
    for language in large:
        among = begun_in == language
        rows = np.flatnonzero(among[spoken.numbers] & (spoken.languages == language))
        clock = Seconds(spoken.clock[spoken.clock_languages == language])
        yield from _fast(spoken, rows, clock, over[among], language)
    few = ~np.isin(begun_in, large)
    every = np.arange(len(spoken.numbers))
    yield from _fast(spoken, every, spoken.clock, over, "", asked=few[spoken.numbers])


def _fast(
    spoken: Spoken,
    rows: npt.NDArray[np.int64],
    clock: Seconds,
    over: npt.NDArray[np.bool_],
    language: str,
    *,
    asked: npt.NDArray[np.bool_] | bool = True,
) -> Iterator[Alert]:
    """Yield the alerts of the stories of some reports, compared with each other.

    Parameters
    ----------
    spoken
        All reports.
    rows
        Of those that are compared.
    clock, over
        As for `growth`.
    language
        That of all of `rows`, or empty.
    asked
        Bool, (n_rows,): whether an alert can come of a report.
    """
    numbers = np.unique(spoken.numbers[rows], return_inverse=True)[1].astype(np.int64)
    found = growth(Reports(numbers, Seconds(spoken.times[rows])), clock, over)
    rare = np.flatnonzero(found.spikes & spoken.fresh[rows] & asked)
    rare = rare[np.lexsort((rare, -found.n_voices[rare], found.chances[rare], numbers[rare]))]
    for place in rare[np.flatnonzero(np.diff(numbers[rare], prepend=-1))].tolist():
        number, n_voices = int(spoken.numbers[rows[place]]), int(found.n_voices[place])
        yield Alert(
            kind=AlertKind.BEGAN,
            story=spoken.stories[number].id,
            began=_moment(spoken.times[rows[place - n_voices + 1]]),
            at=_moment(spoken.times[rows[place]]),
            n_voices=n_voices,
            n_meanwhile=int(found.n_meanwhile[place]),
            language=language,
            chance=float(found.chances[place]),
            n_stories=len(over),
            n_kept_on=int(found.n_kept_on[place]),
            n_stopped=int(found.n_stopped[place]),
            languages=tuple(sorted(set(spoken.languages[spoken.numbers == number].tolist()))),
        )


def _crossings(spoken: Spoken, told: Mapping[str, Alert]) -> Iterator[Alert]:
    """Yield an alert for each story that has reached another language since its own."""
    for number, story in enumerate(spoken.stories):
        before = told.get(story.id)
        if before is None or before.kind != AlertKind.BEGAN:
            continue
        rows = np.flatnonzero((spoken.numbers == number) & spoken.fresh)
        rows = rows[~np.isin(spoken.languages[rows], before.languages)]
        if len(rows):
            reached = str(spoken.languages[rows[0]])
            at = _moment(spoken.times[rows[0]])
            kind, languages = AlertKind.CROSSED, (*before.languages, reached)
            yield replace(
                before, kind=kind, story=story.id, at=at, languages=languages, reached=reached
            )


def _moment(seconds: np.int64) -> datetime:
    return datetime.fromtimestamp(int(seconds), UTC)
