"""A published generation into stories."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from engine.disk.layout import Layout
from engine.generations.drafting import GenerationContent
from engine.generations.generation import Generation, open_live
from engine.generations.publishing import publish_stories
from engine.jobs.granularity import keep_granularity
from engine.jobs.reconcile import reconcile
from engine.jobs.settling import commit, writer
from engine.protocols import Progress, silent
from engine.same_event.granularity import as_granularity


@dataclass(frozen=True, slots=True)
class ClusterReport:
    """What a clustering did.

    Attributes
    ----------
    generation
        Name of the published generation.
    n_articles
        Articles of the window and those that came late.
    n_stories, n_in_stories
        Stories that hold some of them, and how many these hold.
    n_kept
        Other stories, which stay as they were.
    facts
        Counts, as in the ledger.
    seconds
        Wall time.
    """

    generation: str
    n_articles: int
    n_stories: int
    n_in_stories: int
    n_kept: int
    facts: Mapping[str, Any]
    seconds: float


def cluster(
    layout: Layout,
    *,
    window: timedelta | None = None,
    granularity: str | float | None = None,
    progress: Progress = silent,
) -> ClusterReport:
    """Cluster the articles of a window, match the clusters to the stories, and publish.

    The stories are as the clusterer says now, also where that tears one that has settled
    (`nightly` does not); only what people said still holds.

    Parameters
    ----------
    layout
        The base.
    window
        Only articles of this span before the latest one, those that came since the last
        clustering, and older ones near to these; None takes all articles.
    granularity
        How fine or coarse stories are, from now on, as a word or in log-odds; see
        `engine.same_event.granularity`. None leaves that as it is.

    Raises
    ------
    InputError
        There is no such granularity.
    NotFoundError
        No generation is published.
    LockedError
        Another run is writing.
    """
    started = time.perf_counter()
    setting = None if granularity is None else as_granularity(granularity)
    with writer(layout, command="cluster") as corpus:
        live = open_live(layout)
        if setting is not None:
            keep_granularity(layout, setting)
        content = content_of(live)
        found = reconcile(
            corpus,
            content,
            kind="cluster",
            fingerprint=live.manifest.fingerprint,
            window=window,
            steady=False,
            progress=progress,
        )
        _, published = commit(
            corpus, found.run, lambda run: publish_stories(live, found.stories, run=run)
        )
    ids = found.grouped.tonight.recent_ids()
    inside = [story for story in found.stories if not ids.isdisjoint(story.article_ids)]
    return ClusterReport(
        generation=published.name,
        n_articles=len(ids),
        n_stories=len(inside),
        n_in_stories=sum(id_ in ids for story in inside for id_ in story.article_ids),
        n_kept=len(found.stories) - len(inside),
        facts=found.run.facts,
        seconds=time.perf_counter() - started,
    )


def content_of(generation: Generation) -> GenerationContent:
    """Return what `generation` holds, in the form in which it was published."""
    return GenerationContent(
        keys=generation.keys,
        published=generation.published,
        index=generation.index,
        centring=generation.centring,
        stories=generation.stories(),
        run=generation.manifest.run,
    )
