"""Publishing the stories of a night that was held back, since a person says that they are right."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from engine.errors import InputError, NotFoundError
from engine.garbage import without_collection
from engine.jobs.base.scope import Ground
from engine.jobs.base.writer import Writer
from engine.jobs.clustering.correct import Corrected
from engine.jobs.clustering.reconcile import reconcile
from engine.jobs.clustering.stages import stage_moves
from engine.jobs.nights.breaking import find_alerts
from engine.recorded import RunKind, RunState
from engine.store import NO_RUN


@without_collection()
def approve_night(writer: Writer, run: int) -> Corrected:
    """Publish the stories that the night `run` made and held back.

    They are made again as the night made them, of the articles that it published.

    Raises
    ------
    NotFoundError
        No night of that number was held.
    InputError
        Stories were published since, or a later night was held: approve that one.
    """
    history, live = writer.corpus.history, writer.published
    held = history.run(run)
    if held is None or held.state != RunState.HELD:
        raise NotFoundError(f"no night of run {run} was held back; see 'engine stories'")
    last = history.runs()[-1].run
    if held.parent != live.manifest.run or last != run:
        raise InputError(
            f"run {run} was held, but run {max(last, live.manifest.run)} came after it"
        )
    ground = Ground(writer.corpus, live.as_content(), writer.setup)
    found = reconcile(
        ground,
        kind=RunKind.NIGHTLY,
        fingerprint=live.manifest.fingerprint,
        window=_window(held.parent, held.facts.window_hours),
        steady=True,
    )
    facts = replace(held.facts, reasons=None)
    if facts.alerts is not None:  # new stories have other ids than in the night
        window = timedelta(hours=facts.window_hours or 0)
        alerts = find_alerts(ground, found.stories, found.run.events, window)
        facts = replace(facts, alerts=alerts)
    stages = stage_moves(ground, found.stories, found.run.events)
    content = replace(found.run, stages=stages, facts=facts)
    number = writer.commit_stories(content, found.stories)
    return Corrected(number, "", tuple(found.run.events))


def _window(parent: int, hours: float | None) -> timedelta | None:
    """Return the window of a night that went on from `parent`; the first has none."""
    return None if parent == NO_RUN or hours is None else timedelta(hours=hours)
