"""The night's work: read, embed, index, cluster, reconcile, check, publish, tidy up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO

from engine.disk.layout import Layout
from engine.disk.lock import writing
from engine.domain import TEXT_VERSION, EncoderSpec
from engine.errors import MismatchError
from engine.generations.generation import Generation
from engine.generations.upkeep import prune
from engine.jobs.granularity import base_granularity, keep_granularity, live_granularity
from engine.jobs.ingest import IngestReport, ingest
from engine.jobs.intake import PLAIN, Intake
from engine.jobs.rebuild import Prepared, prepare, publish_prepared
from engine.jobs.reconcile import Reconciled, reconcile
from engine.jobs.runlog import RunLog
from engine.jobs.selfcheck import SelfCheck, self_check
from engine.jobs.settling import commit, live_generation, writer
from engine.protocols import Progress, silent
from engine.same_event.granularity import as_granularity
from engine.store import Corpus

WINDOW = timedelta(days=14)
"""Span before the latest article in which stories change."""

KEPT_GENERATIONS = 7
"""A week of nights to go back to."""

PUBLISHED, HELD, UNCHANGED = "published", "held", "unchanged"


@dataclass(frozen=True, slots=True)
class NightlyReport:
    """What a night did.

    Attributes
    ----------
    outcome
        ``published``; ``held``: the articles were published, their stories not; or
        ``unchanged``: there was nothing new.
    run
        Its number in the ledger; of an unchanged night, that of the live run.
    generation
        The live one.
    reasons
        Why it was held.
    ingested
        What was read.
    n_embedded
        Texts that had to be encoded.
    facts
        Counts and checks, as in the ledger.
    pruned
        Generations that were deleted.
    seconds
        Wall time of each step.
    """

    outcome: str
    run: int
    generation: str
    reasons: tuple[str, ...]
    ingested: IngestReport
    n_embedded: int
    facts: Mapping[str, Any]
    pruned: tuple[str, ...]
    seconds: Mapping[str, float]


def nightly(
    layout: Layout,
    paths: Sequence[str | Path],
    *,
    stdin: BinaryIO | None = None,
    intake: Intake = PLAIN,
    spec: EncoderSpec | None = None,
    window: timedelta = WINDOW,
    keep: int = KEPT_GENERATIONS,
    granularity: str | float | None = None,
    progress: Progress = silent,
) -> NightlyReport:
    """Take in what is new and bring the stories up to date, in one run.

    A killed run is resumed by the next one, which ends as if nothing had happened. A run
    with nothing new leaves everything as it is.

    Parameters
    ----------
    layout
        The base; made when it is not there.
    paths
        Files, folders or globs to ingest, or ``"-"`` for `stdin`; one that cannot be
        read is a reject and does not fail the night.
    intake
        How they are read.
    spec
        The encoder of the first night; None takes the default. Later nights keep it.
    window
        Span before the latest article in which stories change; the first night of a
        base makes stories of all its articles.
    keep
        Generations to keep; older ones are deleted.
    granularity
        As for `engine.jobs.cluster.cluster`: it holds from this night on.

    Raises
    ------
    LockedError
        Another run is writing.
    MismatchError
        The encoder makes other vectors than those that are indexed, or another one is
        asked for; or the articles were cleaned another way.
    InputError
        There are no articles at all, or no such granularity.
    """
    setting = None if granularity is None else as_granularity(granularity)
    log = RunLog(layout.nightly_log)
    with writing(layout, command="nightly"), log.failures():
        ingested = ingest(layout, paths, stdin=stdin, intake=intake, progress=progress)
        log.step(
            "ingested",
            added=ingested.added,
            updated=ingested.updated,
            unchanged=ingested.unchanged,
            rejected=ingested.rejected,
        )
        with writer(layout, command="nightly") as corpus:
            if setting is not None:
                keep_granularity(layout, setting)
            done = _stories(layout, corpus, log, spec=spec, window=window, progress=progress)
        pruned = prune(layout, keep=keep)
        log.step("finished", outcome=done.outcome, run=done.run, pruned=len(pruned))
    return NightlyReport(
        outcome=done.outcome,
        run=done.run,
        generation=done.generation.name,
        reasons=done.reasons,
        ingested=ingested,
        n_embedded=done.n_embedded,
        facts=done.facts,
        pruned=tuple(pruned),
        seconds=log.seconds,
    )


@dataclass(frozen=True, slots=True)
class _Done:
    outcome: str
    run: int
    generation: Generation
    facts: Mapping[str, Any]
    n_embedded: int = 0
    reasons: tuple[str, ...] = ()


def _stories(
    layout: Layout,
    corpus: Corpus,
    log: RunLog,
    *,
    spec: EncoderSpec | None,
    window: timedelta,
    progress: Progress,
) -> _Done:
    """Index what is new and bring the stories up to date."""
    live = live_generation(layout)
    if live is not None and spec not in {None, live.manifest.encoder}:
        raise MismatchError(
            f"the base was made with encoder {live.manifest.encoder.name}; run "
            "'engine rebuild --encoder' to embed every article with another one"
        )
    if live is not None and not _is_behind(corpus, live, window):
        run = corpus.history.run(live.manifest.run)
        return _Done(UNCHANGED, live.manifest.run, live, {} if run is None else run.facts)
    fingerprint = None if live is None else live.manifest.fingerprint
    prepared = prepare(layout, corpus, spec=spec, fingerprint=fingerprint, progress=progress)
    log.step("indexed", n_embedded=prepared.n_embedded, n_articles=len(prepared.content.keys))
    first = corpus.history.run(prepared.content.run) is None
    found = reconcile(
        corpus,
        prepared.content,
        kind="nightly",
        fingerprint=prepared.fingerprint,
        # An archive that was taken in at once becomes stories too.
        window=None if first else window,
        steady=True,
        progress=progress,
    )
    log.step("clustered", **found.run.facts)
    check = self_check(found, before=_facts_before(corpus, prepared.content.run))
    log.step("checked", reasons=check.reasons, **check.facts())
    done = _conclude(corpus, prepared, found, check, window)
    log.step(done.outcome, run=done.run, generation=done.generation.name)
    return done


def _is_behind(corpus: Corpus, live: Generation, window: timedelta) -> bool:
    """Tell whether anything would be different from what is live."""
    run = corpus.history.run(live.manifest.run)
    return (
        run is None
        or live.manifest.text_version != TEXT_VERSION
        or live.manifest.n_articles != len(corpus.articles)
        or run.last_article < int(live.keys.max(initial=0))
        or run.last_revision != corpus.history.last_revision()
        or run.facts.get("window_hours") != _hours(window)
        or run.facts.get("fingerprint") != live.manifest.fingerprint
        or live_granularity(corpus, live) != base_granularity(corpus.path.parent)
    )


def _facts_before(corpus: Corpus, run: int) -> Mapping[str, Any]:
    before = corpus.history.run(run)
    return {} if before is None else before.facts


def _conclude(
    corpus: Corpus,
    prepared: Prepared,
    found: Reconciled,
    check: SelfCheck,
    window: timedelta,
) -> _Done:
    """Publish the articles, and the stories too unless something speaks against it."""
    facts = {
        **found.run.facts,
        **check.facts(),
        "window_hours": _hours(window),
    }
    if check.reasons:
        generation = publish_prepared(prepared)
        content = replace(found.run, facts={**facts, "reasons": check.reasons}, events=(), moves=())
        with corpus.transaction():
            run = corpus.ledger.hold(content)
        return _Done(HELD, run, generation, facts, prepared.n_embedded, check.reasons)
    run, generation = commit(
        corpus,
        replace(found.run, facts=facts),
        lambda number: publish_prepared(prepared, stories=found.stories, run=number),
    )
    return _Done(PUBLISHED, run, generation, facts, prepared.n_embedded)


def _hours(window: timedelta) -> float:
    return round(window.total_seconds() / 3600, 3)
