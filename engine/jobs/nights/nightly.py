"""The night's work: read, embed, index, cluster, reconcile, check, publish, tidy up, tell of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import BinaryIO, TypeAlias

from engine.domain import TEXT_VERSION, Article, EncoderSpec, Story, Value
from engine.encoding import settled
from engine.errors import MismatchError, StorageError
from engine.garbage import without_collection
from engine.generations.generation import Generation
from engine.generations.upkeep import prune
from engine.jobs.base.reader import Reader
from engine.jobs.base.scope import Ground, recent_articles
from engine.jobs.base.writer import Writer
from engine.jobs.clustering.loading import load_stages
from engine.jobs.clustering.nearest import LEAST_KEPT
from engine.jobs.clustering.reconcile import Reconciled, reconcile
from engine.jobs.clustering.stages import Linking
from engine.jobs.lookup.learnt import base_granularity, keep_granularity
from engine.jobs.nights.breaking import find_alerts
from engine.jobs.nights.runlog import RunLog
from engine.jobs.nights.selfcheck import SelfCheck, self_check, signs_of
from engine.jobs.rebuilding.rebuild import Prepared, prepare, publish_prepared
from engine.jobs.storing.ingest import IngestReport, ingest
from engine.jobs.storing.intake import PLAIN, Intake, Source
from engine.recorded import Event, RunKind
from engine.same_event.granularity import as_granularity
from engine.store import Run, RunFacts

WINDOW = timedelta(days=14)
"""Span before the latest article in which stories change."""

KEPT_GENERATIONS = 7
"""A week of nights to go back to."""

PUBLISHED, HELD, UNCHANGED = "published", "held", "unchanged"


Changed: TypeAlias = Callable[[Event, Story | None], object]
"""Called with what happened to a story, and the story as it is now: None where it is gone, or
too small to be shown."""


@dataclass(frozen=True, slots=True)
class NightlyReport(Value):
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
    undone
        What could not be done once all was published, one sentence each: steps or rejects
        that are in no log, generations that could not be deleted.
    """

    outcome: str
    run: int
    generation: str
    reasons: tuple[str, ...]
    ingested: IngestReport
    n_embedded: int
    facts: RunFacts
    pruned: tuple[str, ...]
    seconds: Mapping[str, float]
    undone: tuple[str, ...] = ()


def nightly(
    writer: Writer,
    source: Source,
    *,
    stdin: BinaryIO | None = None,
    intake: Intake = PLAIN,
    spec: EncoderSpec | None = None,
    window: timedelta = WINDOW,
    keep: int = KEPT_GENERATIONS,
    granularity: str | float | None = None,
    matters: bool = True,
    breaking: bool = True,
    check_vectors: bool = True,
) -> NightlyReport:
    """Take in what is new and bring the stories up to date, in one run.

    A killed run is resumed by the next one, which ends as if nothing had happened. A run
    with nothing new leaves everything as it is.

    Parameters
    ----------
    writer
        Of the base, opened with ``create=True`` for the first night.
    source
        What to ingest, as for `engine.jobs.storing.ingest.ingest`; what cannot be read is a reject
        and does not fail the night.
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
        As for `engine.jobs.clustering.cluster.cluster`: it holds from this night on.
    matters
        Link stories into long matters; what a night without it leaves, the next one with it does.
    breaking
        Whether to look for stories that are breaking; see `engine.jobs.nights.breaking`.
    check_vectors
        Whether to look if vectors say what texts do; not where vectors are made up.

    Raises
    ------
    MismatchError
        The encoder makes other vectors than those that are indexed, or another one is
        asked for; or the articles were cleaned another way.
    InputError
        There are no articles at all, or no such granularity.
    """
    if granularity is not None:
        as_granularity(granularity)  # said before anything is done
    log = RunLog(writer.layout.nightly_log, writer.setup.clock)
    with log.failures():
        ingested = ingest(writer, source, stdin=stdin, intake=intake)
        log.step(
            "ingested",
            added=ingested.added,
            updated=ingested.updated,
            unchanged=ingested.unchanged,
            rejected=ingested.rejected,
            empty=ingested.empty,
        )
        keep_granularity(writer.lock, granularity)
        done = _stories(
            writer,
            log,
            spec=_named(writer, spec),
            window=window,
            matters=matters,
            breaking=breaking,
            check_vectors=check_vectors,
        )
        pruned, unpruned = _pruned(writer, keep)
        log.step("finished", outcome=done.outcome, run=done.run, pruned=len(pruned))
    return NightlyReport(
        outcome=done.outcome,
        run=done.run,
        generation=writer.published.name,
        reasons=done.reasons,
        ingested=ingested,
        n_embedded=done.n_embedded,
        facts=done.facts,
        pruned=tuple(pruned),
        seconds=log.seconds,
        undone=(
            *(f"its log is not whole: {said}" for said in (log.problem, ingested.unlogged) if said),
            *unpruned,
        ),
    )


def _named(writer: Writer, spec: EncoderSpec | None) -> EncoderSpec | None:
    """Return the encoder that is asked for; None: that of the base."""
    if spec is None:
        return writer.setup.spec
    live = writer.live
    return settled(spec, None if live is None else live.manifest.encoder).spec


def _pruned(writer: Writer, keep: int) -> tuple[list[str], list[str]]:
    """Delete older generations; return their names, and why not all are gone."""
    try:
        return prune(writer.lock, keep=keep), []
    except StorageError as error:  # what was published stays published
        return [], [f"older generations are still there: {error}"]


@dataclass(frozen=True, slots=True)
class _Done:
    outcome: str
    run: int
    facts: RunFacts
    n_embedded: int = 0
    reasons: tuple[str, ...] = ()


def _stories(
    writer: Writer,
    log: RunLog,
    *,
    spec: EncoderSpec | None,
    window: timedelta,
    matters: bool,
    breaking: bool,
    check_vectors: bool,
) -> _Done:
    """Index what is new and bring the stories up to date."""
    live, history = writer.live, writer.corpus.history
    if live is not None and spec not in {None, live.manifest.encoder}:
        raise MismatchError(
            f"the base was made with encoder {live.manifest.encoder.name}; run "
            "'engine rebuild --encoder' to embed every article with another one"
        )
    before = None if live is None else history.run(live.manifest.run)
    if live is not None and before is not None and not _is_behind(writer, live, before, window):
        return _Done(UNCHANGED, before.run, before.facts)
    n_window = len(writer.corpus.articles) if before is None else before.facts.n_window or 0
    if live is not None and n_window >= LEAST_KEPT:
        writer.setup.executor.begin(load_stages)
    prepared, articles = _prepared(writer, spec, before, window)
    log.step("indexed", n_embedded=prepared.n_embedded, n_articles=len(prepared.content.keys))
    return _clustered(
        writer,
        log,
        prepared,
        articles,
        window=window,
        matters=matters,
        breaking=breaking,
        check_vectors=check_vectors,
    )


def _prepared(
    writer: Writer, spec: EncoderSpec | None, before: Run | None, window: timedelta
) -> tuple[Prepared, Mapping[int, Article]]:
    """Index what is new, and read the articles of the window meanwhile; they are by key.

    To index mostly waits for libraries and the disk. Where all is indexed for the first time that
    takes longer than reading, and the articles would only take up memory until it is done.
    """
    live = writer.live
    if live is None:
        return prepare(writer, spec=spec), {}
    wanted = None if before is None else window
    with ThreadPoolExecutor(1) as beside:
        reading = beside.submit(recent_articles, writer.corpus, before, wanted)
        prepared = prepare(writer, spec=spec, fingerprint=live.manifest.fingerprint)
        return prepared, reading.result()


@without_collection()
def _clustered(
    writer: Writer,
    log: RunLog,
    prepared: Prepared,
    articles: Mapping[int, Article],
    *,
    window: timedelta,
    matters: bool,
    breaking: bool,
    check_vectors: bool,
) -> _Done:
    """Bring the stories up to date with what is indexed, and publish both.

    `articles` are some that were read, by key.
    """
    before = writer.corpus.history.run(prepared.content.run)
    ground = Ground(writer.corpus, prepared.content, writer.setup, prepared.keys, articles)
    with Linking(ground) as linking:
        found = reconcile(
            ground,
            kind=RunKind.NIGHTLY,
            fingerprint=prepared.fingerprint,
            # An archive that was taken in at once becomes stories too.
            window=None if before is None else window,
            steady=True,
            made=linking.begin if matters else None,
        )
        log.step("clustered", **found.run.facts.to_dict())
        signs = signs_of(found.grouped, prepared, writer.setup, check_vectors=check_vectors)
        check = self_check(found, signs, before=None if before is None else before.facts)
        log.step("checked", reasons=check.reasons, **check.shares())
        linked = linking if matters and not check.reasons else None
        found = _told(ground, found, log, window, linked, breaking=breaking)
    done = _conclude(writer, prepared, found, check, window)
    log.step(done.outcome, run=done.run, generation=writer.published.name)
    return done


def _told(
    ground: Ground,
    found: Reconciled,
    log: RunLog,
    window: timedelta,
    linked: Linking | None,
    *,
    breaking: bool,
) -> Reconciled:
    """Return `found` with the matters of its stories, if they are `linked`, and with alerts."""
    run = found.run
    alerts = find_alerts(ground, found.stories, run.events, window) if breaking else None
    if linked is not None:
        run = replace(run, stages=linked.moves())
        log.step("linked", n_stages=len(run.stages))
    if alerts is not None:
        run = replace(run, facts=replace(run.facts, alerts=alerts))
        log.step("breaking", n_alerts=len(alerts))
    return replace(found, run=run)


def _is_behind(writer: Writer, live: Generation, before: Run, window: timedelta) -> bool:
    """Tell whether anything would be different from what is live."""
    corpus, facts = writer.corpus, before.facts
    return (
        live.manifest.text_version != TEXT_VERSION
        or live.manifest.n_articles != len(corpus.articles)
        or before.last_article < int(live.keys.max(initial=0))
        or before.last_revision != corpus.history.last_revision()
        or facts.window_hours != _hours(window)
        or facts.fingerprint != live.manifest.fingerprint
        or (facts.granularity or 0.0) != base_granularity(writer.layout)
    )


def _conclude(
    writer: Writer, prepared: Prepared, found: Reconciled, check: SelfCheck, window: timedelta
) -> _Done:
    """Publish the articles, and the stories too unless something speaks against it."""
    facts = replace(check.added_to(found.run.facts), window_hours=_hours(window))
    if check.reasons:
        publish_prepared(writer, prepared)
        kept = replace(facts, reasons=check.reasons)
        content = replace(found.run, facts=kept, events=(), moves=())
        with writer.corpus.transaction():
            run = writer.corpus.ledger.hold(content)
        return _Done(HELD, run, facts, prepared.n_embedded, check.reasons)
    run = writer.commit(
        replace(found.run, facts=facts),
        lambda number: publish_prepared(writer, prepared, stories=found.stories, run=number),
    )
    return _Done(PUBLISHED, run, facts, prepared.n_embedded)


def _hours(window: timedelta) -> float:
    return round(window.total_seconds() / 3600, 3)


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
        again by `engine.jobs.lookup.history`.
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
