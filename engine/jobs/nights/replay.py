"""A dated corpus taken in night by night, to see how steady the stories are."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from engine.disk.layout import Layout
from engine.domain import Article, EncoderSpec, Labels, Story, Value, as_json
from engine.errors import InputError
from engine.jobs.base.copying import copy_learnt
from engine.jobs.base.setup import SHIPPED, Setup
from engine.jobs.base.writer import Writer
from engine.jobs.clustering.cluster import cluster
from engine.jobs.nights.nightly import HELD, PUBLISHED, WINDOW, NightlyReport, nightly
from engine.jobs.rebuilding.rebuild import rebuild
from engine.jobs.storing.ingest import ingest
from engine.protocols import silent
from engine.reading import read
from engine.store import Corpus
from engine.stories.agreement import bcubed

STEP = timedelta(days=1)
SETTLED_AFTER = 2
"""An article should stay in its story after its second night."""


@dataclass(frozen=True, slots=True)
class ReplayedNight(Value):
    """One night of a replay.

    Attributes
    ----------
    until
        Time of its last article, or None.
    outcome
        As in `NightlyReport`.
    n_articles, n_stories
        Taken in so far, and shown after it.
    ids_kept
        Share of the ids shown before that still are.
    bcubed_f1
        Against the labels; None where there are none.
    churn, fragmentation, merged, chained, torn, shared, astray, singletons
        As in `SelfCheck`; None on a night with nothing new.
    n_alerts
        Alerts on stories that grow fast.
    """

    until: str | None
    outcome: str
    n_articles: int
    n_stories: int
    ids_kept: float
    bcubed_f1: float | None
    churn: float | None
    fragmentation: float | None
    merged: float | None
    chained: float | None
    torn: float | None
    shared: float | None
    astray: float | None
    singletons: float | None
    n_alerts: int


@dataclass(frozen=True, slots=True)
class ReplayReport(Value):
    """How steady stories were over many nights.

    Attributes
    ----------
    n_articles, n_nights, n_held, n_alerts
        Articles taken in, nights, those whose stories were held back, and alerts on stories that
        grow fast.
    ids_lost
        Ids that were gone without a word in the ledger.
    ids_kept
        Mean share of the ids of a night that are still shown the next.
    changed_story, merged_with_their_story
        Shares of the articles that changed story after their second night, alone or as
        their whole story was merged.
    bcubed_f1, bcubed_f1_from_scratch
        Against the labels after the last night, and of one clustering of everything; None
        where there are no labels.
    agreement_with_scratch
        B-cubed F1 between the two.
    nights
        Each night.
    """

    n_articles: int
    n_nights: int
    n_held: int
    n_alerts: int
    ids_lost: int
    ids_kept: float
    changed_story: float
    merged_with_their_story: float
    bcubed_f1: float | None
    bcubed_f1_from_scratch: float | None
    agreement_with_scratch: float
    nights: tuple[ReplayedNight, ...]


@dataclass(slots=True)
class _Watch:
    """What is counted over the nights; articles are named by their ids.

    Attributes
    ----------
    story_of
        The story of each article after the last night.
    seen
        The number of the night in which each article came.
    changed
        Articles that went to another story, or out of one, after their second night.
    absorbed
        Articles that did so because their whole story was merged.
    n_lost
        Ids that were gone without a word in the ledger.
    """

    story_of: dict[str, str] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    absorbed: set[str] = field(default_factory=set)
    n_lost: int = 0


def replay(
    layout: Layout,
    paths: Sequence[str | Path],
    setup: Setup = SHIPPED,
    *,
    step: timedelta = STEP,
    window: timedelta = WINDOW,
    spec: EncoderSpec | None = None,
) -> ReplayReport:
    """Take in articles by their time of publication, one night for each `step`.

    Parameters
    ----------
    layout
        The base whose pair model and granularity are taken; the scratch bases are made in
        it, and embeddings kept for the next replay.
    paths
        Files, folders or globs. Where lines of JSON carry an ``id`` and a ``cluster``,
        every night is scored against these.
    setup
        What varies.
    step
        Time between two nights; undated articles come in the first.
    window
        As for `nightly`.
    spec
        The encoder; None takes the default.

    Raises
    ------
    InputError
        There is no article to replay.
    """
    articles = _articles(paths, setup.now())
    gold = _gold(paths)
    watch, nights = _Watch(), list[ReplayedNight]()
    batches = _by_step(articles, step)
    # First, so that the texts are embedded in one go.
    with _scratch(layout, "whole") as scratch:
        with Writer.open(scratch, command="replay", setup=setup, create=True) as writer:
            ingest(writer, ["-"], stdin=io.BytesIO(_lines(articles)))
        rebuild(scratch, setup, spec=spec)
        with Writer.open(scratch, command="replay", setup=setup) as writer:
            cluster(writer)
            whole = writer.published.stories()
    quiet = replace(setup, progress=silent)
    with _scratch(layout, "nights") as scratch:
        for number, batch in enumerate(batches):
            setup.progress("nights", number, len(batches))
            lines = io.BytesIO(_lines(batch))
            with Writer.open(scratch, command="replay", setup=quiet, create=True) as writer:
                report = nightly(
                    writer, ["-"], stdin=lines, spec=spec, window=window, keep=1, matters=False
                )
                shown = writer.published.stories()
                kept = _observe(watch, writer, number, batch, shown)
            nights.append(_night(report, batch, watch, shown, kept, gold))
        setup.progress("nights", len(batches), len(batches))
    n_settled = sum(first + SETTLED_AFTER < len(nights) for first in watch.seen.values())
    return ReplayReport(
        n_articles=len(watch.seen),
        n_nights=len(nights),
        n_held=sum(night.outcome == HELD for night in nights),
        n_alerts=sum(night.n_alerts for night in nights),
        ids_lost=watch.n_lost,
        ids_kept=_mean([night.ids_kept for night in nights[1:]]),
        changed_story=len(watch.changed) / max(1, n_settled),
        merged_with_their_story=len(watch.absorbed) / max(1, n_settled),
        bcubed_f1=_score(shown, watch.seen, gold),
        bcubed_f1_from_scratch=_score(whole, watch.seen, gold),
        agreement_with_scratch=_agreement(shown, whole, watch.seen),
        nights=tuple(nights),
    )


def _night(
    report: NightlyReport,
    batch: Sequence[Article],
    watch: _Watch,
    shown: Sequence[Story],
    kept: float,
    gold: Mapping[str, str],
) -> ReplayedNight:
    facts = report.facts
    return ReplayedNight(
        until=None if batch[-1].published is None else f"{batch[-1].published}",
        outcome=report.outcome,
        n_articles=len(watch.seen),
        n_stories=len(shown),
        ids_kept=kept,
        bcubed_f1=_score(shown, watch.seen, gold),
        churn=facts.churn,
        fragmentation=facts.fragmentation,
        merged=facts.merged,
        chained=facts.chained,
        torn=facts.torn,
        shared=facts.shared,
        astray=facts.astray,
        singletons=facts.singletons,
        n_alerts=len(facts.alerts or ()) if report.outcome == PUBLISHED else 0,
    )


@contextmanager
def _scratch(layout: Layout, name: str) -> Iterator[Layout]:
    """Give an empty base that knows all embeddings made by replays so far."""
    scratch = Layout(layout.replays / name)
    vectors = layout.replays / "embeddings.sqlite"
    shutil.rmtree(scratch.root, ignore_errors=True)
    with Corpus(vectors, create=True), Corpus(scratch.corpus, create=True) as corpus:
        corpus.embeddings.adopt(vectors)
    copy_learnt(layout, scratch)
    try:
        yield scratch
        with Corpus(vectors) as cache:
            cache.embeddings.adopt(scratch.corpus)
    finally:
        shutil.rmtree(scratch.root, ignore_errors=True)


def _articles(paths: Sequence[str | Path], fetched: datetime) -> list[Article]:
    """Return the articles in `paths` by time, undated ones first."""
    found = {a.id: a for a in read(paths, fetched=fetched) if isinstance(a, Article)}
    if not found:
        raise InputError(f"no article to replay in {', '.join(map(str, paths))}")
    start = datetime.min.replace(tzinfo=UTC)
    return sorted(found.values(), key=lambda article: (article.published or start, article.id))


def _by_step(articles: Sequence[Article], step: timedelta) -> list[list[Article]]:
    """Return the articles of each night that has some."""
    dated = [article.published for article in articles if article.published is not None]
    nights: dict[int, list[Article]] = {}
    for article in articles:
        # Midnight UTC, so that a step of a day is a day.
        start = dated[0].replace(hour=0, minute=0, second=0, microsecond=0) if dated else None
        behind = (
            0 if article.published is None or start is None else (article.published - start) // step
        )
        nights.setdefault(behind, []).append(article)
    return [nights[number] for number in sorted(nights)]


def _lines(articles: Sequence[Article]) -> bytes:
    """Return `articles` as JSON lines without anything else that their file says."""
    return b"".join(json.dumps(as_json(article.as_row())).encode() + b"\n" for article in articles)


def _gold(paths: Sequence[str | Path]) -> dict[str, str]:
    """Return the event of each article, by id, that a line of JSON names."""
    gold: dict[str, str] = {}
    for path in paths:
        if Path(path).suffix != ".jsonl":
            continue
        for line in Path(path).read_bytes().splitlines():
            try:
                values = json.loads(line)
            except ValueError:
                continue
            if isinstance(values, dict) and values.get("id") and values.get("cluster"):
                gold[str(values["id"])] = str(values["cluster"])
    return gold


def _observe(
    watch: _Watch, writer: Writer, night: int, batch: Sequence[Article], shown: Sequence[Story]
) -> float:
    """Count what the night did; return the share of ids shown before that still are."""
    now = {id_: story.id for story in shown for id_ in story.article_ids}
    ids = {story.id for story in shown}
    before = set(watch.story_of.values())
    history, live = writer.corpus.history, writer.published.manifest.run
    survivor = {id_: history.survivor(id_, live) for id_ in before - ids}
    watch.n_lost += sum(not history.story_events(id_, live) for id_ in before - ids)
    for article, story in watch.story_of.items():
        if now.get(article) != story and night - watch.seen[article] >= SETTLED_AFTER:
            whole = now.get(article) == survivor.get(story, story)
            (watch.absorbed if whole else watch.changed).add(article)
    watch.story_of = now
    watch.seen.update((article.id, night) for article in batch)
    return len(before & ids) / len(before) if before else 1.0


def _score(
    shown: Sequence[Story], seen: Mapping[str, int], gold: Mapping[str, str]
) -> float | None:
    """Return the B-cubed F1 over the articles with a known event; None where there are none."""
    known = [id_ for id_ in seen if id_ in gold]
    if not known:
        return None
    return round(bcubed(_labels(shown, known), _numbers([gold[id_] for id_ in known])).f1, 4)


def _agreement(one: Sequence[Story], other: Sequence[Story], seen: Mapping[str, int]) -> float:
    """Return the B-cubed F1 between two sets of stories."""
    return round(bcubed(_labels(one, list(seen)), _labels(other, list(seen))).f1, 4)


def _labels(stories: Sequence[Story], ids: Sequence[str]) -> Labels:
    number = {id_: n for n, story in enumerate(stories) for id_ in story.article_ids}
    return np.array([number.get(id_, -1) for id_ in ids], np.int64)


def _numbers(names: Sequence[str]) -> Labels:
    return np.unique(np.array(names), return_inverse=True)[1].astype(np.int64)


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4) if values else 1.0
