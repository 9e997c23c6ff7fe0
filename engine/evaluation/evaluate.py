"""Scoring the whole engine on labelled articles."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from engine.disk.layout import Layout
from engine.domain import EncoderSpec
from engine.evaluation.gold import Gold, read_gold
from engine.evaluation.scores import (
    Scored,
    calibration_scores,
    granularity_scores,
    hit_scores,
    membership_scores,
    peer_scores,
    retrieval_scores,
    story_scores,
)
from engine.jobs.cluster import cluster
from engine.jobs.ingest import ingest
from engine.jobs.rebuild import rebuild
from engine.jobs.scope import article_window, window_index
from engine.jobs.session import SHIPPED, Reader, Setup, Writer
from engine.reading.cleaning.cleaner import fingerprint as cleaner_fingerprint
from engine.same_event.granularity import as_granularity
from engine.stories.agreement import Labels
from engine.stories.partition import judge


def evaluate(
    gold: Path,
    *,
    folder: Path,
    setup: Setup = SHIPPED,
    spec: EncoderSpec | None = None,
    granularity: str | float = 0.0,
    peers: bool = True,
) -> dict[str, Any]:
    """Build a base from labelled articles with the shipped defaults and score it.

    Parameters
    ----------
    gold
        JSON lines with ``cluster`` besides the fields of an article.
    folder
        Where the base is kept, in a folder named by the content of `gold`, so that a
        second evaluation of the same file encodes nothing.
    setup
        What varies.
    spec
        The encoder; None takes the default.
    granularity
        How fine or coarse its stories are, as a word or in log-odds.
    peers
        Also score other clusterers on the same vectors.

    Returns
    -------
    dict
        As ``engine evaluate --json`` prints it; see docs/evaluation.md.

    Raises
    ------
    InputError
        The file has a line that is no object, or fewer than two labelled articles; or there
        is no such granularity.
    """
    setting = as_granularity(granularity)
    labelled = read_gold(gold)
    # Another cleaner makes other articles of the same lines.
    content = labelled.lines + cleaner_fingerprint().encode()
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    layout = Layout(folder / digest)
    seconds = _build(layout, labelled, setup, spec, setting)
    with Reader.open(layout, setup) as reader:
        scored = _scored(labelled, reader)
        judged = judge(scored.view, window_index)
        result = {
            **story_scores(scored),
            **retrieval_scores(scored, reader),
            "granularity": granularity_scores(scored, judged, setting),
            "calibration": calibration_scores(scored, judged),
            "memberships": membership_scores(scored),
            "hits": hit_scores(labelled, reader),
            "seconds": seconds,
        }
    return result | ({"peers": peer_scores(scored)} if peers else {})


def _build(
    layout: Layout, gold: Gold, setup: Setup, spec: EncoderSpec | None, granularity: float
) -> dict[str, float]:
    """Ingest, rebuild and cluster; return the seconds that each took."""
    layout.root.mkdir(parents=True, exist_ok=True)
    articles = layout.root / "articles.jsonl"
    articles.write_bytes(gold.lines)
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        seconds[name] = round(time.perf_counter() - started, 3)

    with (
        timed("ingest"),
        Writer.open(layout, command="evaluate", setup=setup, create=True) as writer,
    ):
        ingest(writer, [articles])
    with timed("rebuild"):
        rebuild(layout, setup, spec=spec)
    with timed("cluster"), Writer.open(layout, command="evaluate", setup=setup) as writer:
        cluster(writer, granularity=granularity)
    return seconds


def _scored(labelled: Gold, reader: Reader) -> Scored:
    """Return the labelled articles that were taken in, and what became of them."""
    corpus, generation = reader.corpus, reader.generation
    keys = corpus.articles.keys_of(labelled.ids)
    stored = corpus.articles.by_keys(list(keys.values()))
    event_of = {id_: event for id_, event in labelled.events().items() if id_ in keys}
    rows = generation.rows_of(np.array([keys[id_] for id_ in event_of], np.int64))
    articles = [stored[keys[id_]] for id_ in event_of]
    story_of: dict[str, str] = {}
    strength_of: dict[str, float] = {}
    for story in generation.stories():
        story_of |= dict.fromkeys(story.article_ids, story.id)
        strength_of |= zip(story.article_ids, story.strengths, strict=True)
    return Scored(
        view=article_window(articles, np.ascontiguousarray(generation.vectors(rows))),
        languages=np.array([article.language for article in articles]),
        gold=_numbered(list(event_of.values())),
        predicted=_numbered([story_of.get(id_, "") for id_ in event_of]),
        strengths=np.array([strength_of.get(id_, np.nan) for id_ in event_of]),
    )


def _numbered(names: Sequence[str]) -> Labels:
    """Return a number for each distinct name, -1 for an empty one; int64, (n,)."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(filter(None, names)))}
    return np.array([numbers.get(name, -1) for name in names], np.int64)
