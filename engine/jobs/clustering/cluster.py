"""A published generation into stories."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import timedelta

from engine.domain import Value
from engine.garbage import without_collection
from engine.jobs.base.scope import Ground
from engine.jobs.base.writer import Writer
from engine.jobs.clustering.reconcile import reconcile
from engine.jobs.clustering.stages import Linking
from engine.jobs.lookup.learnt import keep_granularity
from engine.recorded import RunKind
from engine.store import RunFacts


@dataclass(frozen=True, slots=True)
class ClusterReport(Value):
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
    facts: RunFacts
    seconds: float


@without_collection()
def cluster(
    writer: Writer,
    *,
    window: timedelta | None = None,
    granularity: str | float | None = None,
) -> ClusterReport:
    """Cluster the articles of a window, match the clusters to the stories, and publish.

    The stories are as the clusterer says now, also where that tears one that has settled
    (`nightly` does not); only what people said still holds.

    Parameters
    ----------
    writer
        Of the base.
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
    """
    started = time.perf_counter()
    live = writer.published
    keep_granularity(writer.lock, granularity)
    ground = Ground(writer.corpus, live.as_content(), writer.setup)
    with Linking(ground) as linking:
        found = reconcile(
            ground,
            kind=RunKind.CLUSTER,
            fingerprint=live.manifest.fingerprint,
            window=window,
            steady=False,
            made=linking.begin,
        )
        run, stories = replace(found.run, stages=linking.moves()), found.stories
    ids = found.grouped.scope.recent_ids()
    del found  # the evidence of a large window takes more room than all that is left to do
    writer.commit_stories(run, stories)
    inside = [story for story in stories if not ids.isdisjoint(story.article_ids)]
    return ClusterReport(
        generation=writer.published.name,
        n_articles=len(ids),
        n_stories=len(inside),
        n_in_stories=sum(id_ in ids for story in inside for id_ in story.article_ids),
        n_kept=len(stories) - len(inside),
        facts=run.facts,
        seconds=time.perf_counter() - started,
    )
