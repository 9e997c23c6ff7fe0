"""Tonight's clusters and the ledger's stories: the one step of every command that clusters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from engine.domain import Clustering, Story
from engine.generations.drafting import GenerationContent
from engine.jobs.calibrate import base_model
from engine.jobs.compose import compose
from engine.jobs.granularity import base_granularity
from engine.jobs.identify import constraints, identify, settled_articles
from engine.jobs.scope import Tonight, gather, window_index
from engine.protocols import Progress, silent
from engine.store import Corpus, Event, Move, RunContent
from engine.stories.constraints import corrected, n_regrouped
from engine.stories.partition import Judged, judge
from engine.stories.partition import partition as group


@dataclass(frozen=True, slots=True)
class Grouped:
    """What the clusterer says of the window, before anything that holds anyway.

    Attributes
    ----------
    tonight, judged, clustering
        The articles, their pairs and their partition.
    granularity
        Log-odds that were added to all pairs.
    """

    tonight: Tonight
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
    corpus: Corpus,
    content: GenerationContent,
    *,
    kind: str,
    fingerprint: str,
    window: timedelta | None,
    steady: bool,
    progress: Progress = silent,
) -> Reconciled:
    """Cluster the window and give each cluster the story that it continues.

    Parameters
    ----------
    corpus
        The articles and the ledger, settled at the run of `content`.
    content
        The vectors, the stories that are live and the run that made them.
    kind
        What the run is called in the ledger.
    fingerprint
        Of the encoder of `content`; where the run before knew another one, the facts say so.
    window
        Only articles of this span before the latest one, those that came since the run
        before, and older ones near to these; None takes all articles.
    steady
        Keep stories whole that have settled; else everything is as the clusterer says.
    """
    grouped = group_window(corpus, content, window, progress=progress)
    return continued(corpus, content, grouped, kind=kind, fingerprint=fingerprint, steady=steady)


def group_window(
    corpus: Corpus,
    content: GenerationContent,
    window: timedelta | None,
    *,
    progress: Progress = silent,
) -> Grouped:
    """Cluster the window as the base's model and granularity have it."""
    tonight = gather(corpus, content, window)
    granularity = base_granularity(corpus.path.parent)
    model = base_model(corpus.path.parent)
    judged = judge(tonight.view, window_index, model=model, progress=progress)
    found = group(tonight.view, judged, granularity=granularity, progress=progress)
    return Grouped(tonight, judged, found, granularity)


def continued(
    corpus: Corpus,
    content: GenerationContent,
    grouped: Grouped,
    *,
    kind: str,
    fingerprint: str,
    steady: bool,
) -> Reconciled:
    """Give each cluster of `grouped` the story that it continues, as `reconcile` does."""
    tonight, found = grouped.tonight, grouped.clustering
    settled = settled_articles(corpus, content.run, tonight.keys) if steady else set()
    holds = constraints(corpus, content.run, tonight.keys, settled)
    labels = corrected(found.labels, tonight.view.vectors, holds)
    events, moves = identify(corpus, content.run, tonight, labels, settled)
    stories = compose(corpus, content, tonight, moves, found.strengths)
    run = RunContent(
        parent=content.run,
        kind=kind,
        at=datetime.now(UTC).replace(microsecond=0),
        last_article=int(content.keys.max(initial=0)),
        last_revision=corpus.history.last_revision(),
        facts={
            **_facts(corpus, content, tonight, events, moves),
            **_encoders(corpus, content.run, fingerprint),
            "n_regrouped": n_regrouped(found.labels, labels),
            "granularity": grouped.granularity,
            "mixture": grouped.judged.unsettled.values(),
        },
        events=events,
        moves=moves,
    )
    return Reconciled(run, stories, grouped)


def _encoders(corpus: Corpus, before: int, fingerprint: str) -> dict[str, str]:
    """Return the encoder, and the one before where it is another one."""
    run = corpus.history.run(before)
    earlier = fingerprint if run is None else str(run.facts.get("fingerprint", fingerprint))
    changed = {} if earlier == fingerprint else {"migrated_from": earlier}
    return {"fingerprint": fingerprint} | changed


def _facts(
    corpus: Corpus,
    content: GenerationContent,
    tonight: Tonight,
    events: Sequence[Event],
    moves: Sequence[Move],
) -> dict[str, Any]:
    """Return the counts of a run; shares and limits are made of them."""
    story_of = corpus.ledger.stories_of(tonight.keys.tolist())
    recent = tonight.keys[tonight.recent].tolist()
    targets = {move.article: move.target for move in moves}
    after = {key: targets.get(key, story_of.get(key, "")) for key in recent}
    continued = {story_of[key] for key in recent if key in story_of}
    merged = {event.story: event.other for event in events if event.kind == "merged"}
    # Where a whole story went on under another id, its articles stay together.
    left = [move for move in moves if move.origin]
    moved = [move for move in left if merged.get(move.origin) != move.target]
    return {
        "n_articles": len(content.keys),
        "n_window": len(tonight.keys),
        "n_recent": len(recent),
        "n_new": int(tonight.new.sum()),
        "n_placed": sum(key in story_of for key in recent),
        "n_moved": len(moved),
        "n_absorbed": len(left) - len(moved),
        "n_alone": sum(not story for story in after.values()),
        "n_continued": len(continued),
        "n_ids_kept": len(continued & set(after.values())),
        "events": dict(sorted(Counter(event.kind for event in events).items())),
    }
