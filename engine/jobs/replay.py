"""A dated corpus taken in night by night, to see how steady the stories are."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from engine.disk.layout import Layout
from engine.domain import Article, EncoderSpec, Story
from engine.errors import InputError
from engine.generations.generation import open_live
from engine.jobs.cluster import cluster
from engine.jobs.ingest import ingest
from engine.jobs.nightly import HELD, WINDOW, nightly
from engine.jobs.rebuild import rebuild
from engine.protocols import Progress, silent
from engine.reading import read
from engine.store import Corpus
from engine.stories.agreement import Labels, bcubed

STEP = timedelta(days=1)
SETTLED_AFTER = 2
"""An article should stay in its story after its second night."""


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
    paths: Sequence[str | Path],
    *,
    folder: Path,
    step: timedelta = STEP,
    window: timedelta = WINDOW,
    spec: EncoderSpec | None = None,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Take in articles by their time of publication, one night for each `step`.

    Parameters
    ----------
    paths
        Files, folders or globs. Where lines of JSON carry an ``id`` and a ``cluster``,
        every night is scored against these.
    folder
        Where the scratch bases are made, and embeddings kept for the next replay; inside
        the base whose pair model and granularity they take.
    step
        Time between two nights; undated articles come in the first.
    window
        As for `nightly`.
    spec
        The encoder; None takes the default.

    Returns
    -------
    dict
        As ``engine replay --json`` prints it; see docs/nightly.md.

    Raises
    ------
    InputError
        There is no article to replay.
    """
    articles = _articles(paths)
    gold = _gold(paths)
    watch, nights = _Watch(), list[dict[str, Any]]()
    batches = _by_step(articles, step)
    # First, so that the texts are embedded in one go.
    with _scratch(folder, "whole") as layout:
        ingest(layout, ["-"], stdin=io.BytesIO(_lines(articles)))
        rebuild(layout, spec=spec, progress=progress)
        cluster(layout, progress=progress)
        whole = open_live(layout).stories()
    with _scratch(folder, "nights") as layout:
        for number, batch in enumerate(batches):
            progress("nights", number, len(batches))
            lines = io.BytesIO(_lines(batch))
            report = nightly(layout, ["-"], stdin=lines, spec=spec, window=window, keep=1)
            shown = open_live(layout).stories()
            kept = _observe(watch, layout, number, batch, shown)
            nights.append(
                {
                    "until": None if batch[-1].published is None else f"{batch[-1].published}",
                    "outcome": report.outcome,
                    "n_articles": len(watch.seen),
                    "n_stories": len(shown),
                    "ids_kept": kept,
                    "bcubed_f1": _score(shown, watch.seen, gold),
                    "agreement": report.facts.get("agreement"),
                    "churn": report.facts.get("churn"),
                    "fragmentation": report.facts.get("fragmentation"),
                    "merged": report.facts.get("merged"),
                    "chained": report.facts.get("chained"),
                    "singletons": report.facts.get("singletons"),
                }
            )
        progress("nights", len(batches), len(batches))
    n_settled = sum(first + SETTLED_AFTER < len(nights) for first in watch.seen.values())
    return {
        "n_articles": len(watch.seen),
        "n_nights": len(nights),
        "n_held": sum(night["outcome"] == HELD for night in nights),
        "ids_lost": watch.n_lost,
        "ids_kept": _mean([night["ids_kept"] for night in nights[1:]]),
        "changed_story": len(watch.changed) / max(1, n_settled),
        "merged_with_their_story": len(watch.absorbed) / max(1, n_settled),
        "bcubed_f1": _score(shown, watch.seen, gold),
        "bcubed_f1_from_scratch": _score(whole, watch.seen, gold),
        "agreement_with_scratch": _agreement(shown, whole, watch.seen),
        "nights": nights,
    }


@contextmanager
def _scratch(folder: Path, name: str) -> Iterator[Layout]:
    """Give an empty base that knows all embeddings made in `folder` so far."""
    layout = Layout(folder / name)
    vectors = folder / "embeddings.sqlite"
    shutil.rmtree(layout.root, ignore_errors=True)
    with Corpus(vectors, create=True), Corpus(layout.corpus, create=True) as corpus:
        corpus.embeddings.adopt(vectors)
    for own in Layout(folder.parent).learnt:
        if own.exists():
            shutil.copy(own, layout.root)
    try:
        yield layout
        with Corpus(vectors) as cache:
            cache.embeddings.adopt(layout.corpus)
    finally:
        shutil.rmtree(layout.root, ignore_errors=True)


def _articles(paths: Sequence[str | Path]) -> list[Article]:
    """Return the articles in `paths` by time, undated ones first."""
    fetched = datetime.now(UTC).replace(microsecond=0)
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
    return b"".join(
        json.dumps(
            {
                "id": article.id,
                "title": article.title,
                "text": article.body,
                "language": article.language,
                "source": article.source,
                "url": article.url,
                "published_at": None
                if article.published is None
                else article.published.isoformat(),
            }
        ).encode()
        + b"\n"
        for article in articles
    )


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
    watch: _Watch, layout: Layout, night: int, batch: Sequence[Article], shown: Sequence[Story]
) -> float:
    """Count what the night did; return the share of ids shown before that still are."""
    now = {id_: story.id for story in shown for id_ in story.article_ids}
    ids = {story.id for story in shown}
    before = set(watch.story_of.values())
    with Corpus(layout.corpus) as corpus:
        live = open_live(layout).manifest.run
        survivor = {id_: corpus.history.survivor(id_, live) for id_ in before - ids}
        watch.n_lost += sum(not corpus.history.story_events(id_, live) for id_ in before - ids)
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
