"""New clusters and the ledger's stories: the one step of every command that clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from engine.disk.layout import Layout
from engine.domain import Clustering, Neighbours, Story
from engine.jobs.base.scope import Ground, Scope, gather
from engine.jobs.clustering.compose import Ahead, compose
from engine.jobs.clustering.identify import constraints, identify, settled_articles
from engine.jobs.clustering.kept_readings import read_new
from engine.jobs.clustering.loading import load_stages
from engine.jobs.clustering.nearest import LEAST_KEPT, nearest_by_workers
from engine.jobs.lookup.learnt import base_granularity, base_model
from engine.recorded import Event, EventKind, RunKind
from engine.same_event.window import Window
from engine.store import Corpus, Move, RunContent, RunFacts
from engine.stories.constraints import corrected, n_regrouped
from engine.stories.partition import Judged, judge_near

Made: TypeAlias = Callable[[Sequence[Event], Sequence[Story]], object]
"""Called with what happens to stories, and with all of them as `compose` calls it."""


@dataclass(frozen=True, slots=True)
class Grouped:
    """What the clusterer says of the window, before anything that holds anyway.

    Attributes
    ----------
    scope, judged, clustering
        The articles, their pairs and their partition.
    granularity
        Log-odds that were added to all pairs.
    """

    scope: Scope
    judged: Judged
    clustering: Clustering
    granularity: float


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a clustering makes of the stories; nothing of it is written yet.

    Attributes
    ----------
    run
        What the ledger is to record.
    stories
        What the generation is to show, largest first.
    grouped
        What they were made of.
    """

    run: RunContent
    stories: list[Story]
    grouped: Grouped


def reconcile(
    ground: Ground,
    *,
    kind: RunKind,
    fingerprint: str,
    window: timedelta | None,
    steady: bool,
    made: Made | None = None,
) -> Reconciled:
    """Cluster the window and give each cluster the story that it continues.

    Parameters
    ----------
    ground
        The articles and their vectors, and the stories that are live.
    kind
        What the run is called in the ledger.
    fingerprint
        Of the encoder of the vectors; where the run before knew another one, the facts
        say so.
    window
        Only articles of this span before the latest one, those that came since the run
        before, and older ones near to these; None takes all articles.
    steady
        Keep stories whole that have settled; else everything is as the clusterer says.
    made
        Called once, while workers look for what is told of the stories.
    """
    if window is None and len(ground.content.keys) >= LEAST_KEPT:
        ground.setup.executor.begin(load_stages)  # while the articles are gathered
    with Ahead(ground) as ahead:
        grouped = group_window(ground, window, ahead)
    return continued(ground, grouped, kind=kind, fingerprint=fingerprint, steady=steady, made=made)


def group_window(
    ground: Ground,
    window: timedelta | None,
    ahead: Ahead | None = None,
) -> Grouped:
    """Cluster the window as the base's model and granularity have it; see `reconcile`.

    Texts and live stories are read `ahead` while this process prepares the search for neighbours,
    and leads while it judges what the workers have found.
    """
    scope, setup = gather(ground, window), ground.setup
    layout = Layout(ground.corpus.path.parent)
    granularity, model = base_granularity(layout), base_model(layout)
    read = read_new(ground, scope.view)
    if ahead is not None:
        ahead.texts(scope, read)
        ahead.stories()

    def nearest_of(view: Window) -> Neighbours:
        near = nearest_by_workers(ground, view)
        if ahead is not None:
            ahead.leads(scope, read)
        return near

    judged = judge_near(scope.view, nearest_of, model=model, read=read, progress=setup.progress)
    found = setup.clusterer(scope.view, judged, granularity=granularity, progress=setup.progress)
    return Grouped(scope, judged, found, granularity)


def continued(
    ground: Ground,
    grouped: Grouped,
    *,
    kind: RunKind,
    fingerprint: str,
    steady: bool,
    made: Made | None = None,
) -> Reconciled:
    """Give each cluster of `grouped` the story that it continues, as `reconcile` does."""
    corpus, before = ground.corpus, ground.run
    scope, found = grouped.scope, grouped.clustering
    settled = settled_articles(corpus, before, scope.keys) if steady else set()
    holds = constraints(corpus, before, scope.keys, settled)
    labels = corrected(found.labels, scope.view.vectors, holds)
    events, moves = identify(corpus, before, scope, labels, settled)
    read = grouped.judged.read
    bare = None if made is None else partial(made, events)
    stories = compose(ground, scope, moves, found.strengths, read.contents, bare)
    facts = replace(
        _counts(ground, scope, events, moves),
        fingerprint=fingerprint,
        migrated_from=_encoder_before(corpus, before, fingerprint),
        n_regrouped=n_regrouped(found.labels, labels),
        granularity=grouped.granularity,
        mixture=grouped.judged.of_pairs_alone.values(),
    )
    run = RunContent(
        parent=before,
        kind=kind,
        at=ground.setup.now(),
        last_article=int(ground.content.keys.max(initial=0)),
        last_revision=corpus.history.last_revision(),
        facts=facts,
        events=events,
        moves=moves,
    )
    return Reconciled(run, stories, grouped)


def _encoder_before(corpus: Corpus, before: int, fingerprint: str) -> str | None:
    """Return the fingerprint of the encoder before where it was another one."""
    run = corpus.history.run(before)
    earlier = None if run is None else run.facts.fingerprint
    return None if earlier == fingerprint else earlier


def _counts(
    ground: Ground, scope: Scope, events: Sequence[Event], moves: Sequence[Move]
) -> RunFacts:
    """Return the counts of a run; shares and limits are made of them."""
    story_of = ground.corpus.ledger.stories_of(scope.keys.tolist())
    recent = scope.keys[scope.recent].tolist()
    targets = {move.article: move.target for move in moves}
    after = {key: targets.get(key, story_of.get(key, "")) for key in recent}
    continued = {story_of[key] for key in recent if key in story_of}
    merged = {event.story: event.other for event in events if event.kind == EventKind.MERGED}
    # Where a whole story went on under another id, its articles stay together.
    left = [move for move in moves if move.origin]
    moved = [move for move in left if merged.get(move.origin) != move.target]
    return RunFacts(
        n_articles=len(ground.content.keys),
        n_window=len(scope.keys),
        n_recent=len(recent),
        n_new=int(scope.new.sum()),
        n_placed=sum(key in story_of for key in recent),
        n_moved=len(moved),
        n_absorbed=len(left) - len(moved),
        n_alone=sum(not story for story in after.values()),
        n_continued=len(continued),
        n_ids_kept=len(continued & set(after.values())),
        events=dict(sorted(Counter(event.kind.value for event in events).items())),
    )
