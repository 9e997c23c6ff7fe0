"""Scoring the whole engine on labelled articles."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.clustering import Window, judge
from engine.clustering.calibration import reliability
from engine.clustering.metrics import Labels, Retrieval, bcubed, pairwise, retrieval
from engine.domain import EncoderSpec
from engine.indexing import Generation, Layout, open_live
from engine.pipeline.gold import Gold, read_gold
from engine.pipeline.ingest import ingest
from engine.pipeline.rebuild import rebuild
from engine.pipeline.similar import find_similar, stored_query
from engine.pipeline.stories import cluster
from engine.pipeline.window import article_window, window_index
from engine.protocols import Progress, silent
from engine.reading.cleaning import fingerprint as cleaner_fingerprint
from engine.store import Corpus

OPERATING_CUTS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Probabilities at which precision and recall over pairs are shown."""

QUERIES = 250
"""Articles, evenly spaced, whose hits are compared with the truth: some 2,500 probabilities."""


def evaluate(
    gold: Path,
    *,
    folder: Path,
    spec: EncoderSpec | None = None,
    peers: bool = True,
    progress: Progress = silent,
) -> dict[str, Any]:
    """Build a base from labelled articles with the shipped defaults and score it.

    Parameters
    ----------
    gold
        JSON lines with ``cluster`` besides the fields of an article.
    folder
        Where the base is kept, in a folder named by the content of `gold`, so that a
        second evaluation of the same file encodes nothing.
    spec
        The encoder; None takes the default.
    peers
        Also score other clusterers on the same vectors.

    Returns
    -------
    dict
        As ``engine evaluate --json`` prints it; see docs/evaluation.md.

    Raises
    ------
    InputError
        The file has a line that is no object, or fewer than two labelled articles.
    """
    labelled = read_gold(gold)
    # Another cleaner makes other articles of the same lines.
    content = labelled.lines + cleaner_fingerprint().encode()
    digest = hashlib.blake2b(content, digest_size=8).hexdigest()
    layout = Layout(folder / digest)
    seconds = _build(layout, labelled, spec, progress)
    generation = open_live(layout)
    with Corpus(layout.corpus) as corpus:
        keys = corpus.articles.keys_of(labelled.ids)
        stored = corpus.articles.by_keys(list(keys.values()))
        hits = _hits(labelled, corpus, generation)
    known = [
        place
        for place, (id_, cluster_) in enumerate(zip(labelled.ids, labelled.clusters, strict=True))
        if cluster_ and id_ in keys
    ]
    ids = [labelled.ids[place] for place in known]
    truth = _numbered([labelled.clusters[place] for place in known])
    rows = generation.rows_of(np.array([keys[id_] for id_ in ids], np.int64))
    articles = [stored[keys[id_]] for id_ in ids]
    language = np.array([article.language for article in articles])
    story_of = {id_: story.id for story in generation.stories() for id_ in story.article_ids}
    predicted = _numbered([story_of.get(id_, "") for id_ in ids])
    vectors = np.ascontiguousarray(generation.vectors(rows))
    result = _scores(predicted, truth, vectors, language)
    result["calibration"] = _calibration(article_window(articles, vectors), truth)
    result["hits"] = hits
    result["seconds"] = seconds
    if peers:
        result["peers"] = _peers(vectors, truth)
    return result


def _build(
    layout: Layout, gold: Gold, spec: EncoderSpec | None, progress: Progress
) -> dict[str, float]:
    """Ingest, rebuild and cluster; return the seconds that each took."""
    layout.root.mkdir(parents=True, exist_ok=True)
    articles = layout.root / "articles.jsonl"
    articles.write_bytes(gold.lines)
    seconds: dict[str, float] = {}

    def timed(name: str, step: Callable[[], object]) -> None:
        started = time.perf_counter()
        step()
        seconds[name] = round(time.perf_counter() - started, 3)

    timed("ingest", lambda: ingest(layout, [articles], progress=progress))
    timed("rebuild", lambda: rebuild(layout, spec=spec, progress=progress))
    timed("cluster", lambda: cluster(layout, progress=progress))
    return seconds


def _numbered(names: Sequence[str]) -> Labels:
    """Return a number for each distinct name, -1 for an empty one; int64, (n,)."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(filter(None, names)))}
    return np.array([numbers.get(name, -1) for name in names], np.int64)


def _scores(
    predicted: Labels,
    gold: Labels,
    vectors: npt.NDArray[np.float32],
    languages: npt.NDArray[np.str_],
) -> dict[str, Any]:
    agreement, pairs = bcubed(predicted, gold), pairwise(predicted, gold)
    by_language = {}
    for language, n_articles in Counter(languages.tolist()).most_common():
        mine = languages == language
        within = bcubed(predicted[mine], gold[mine])
        by_language[language] = {
            "n_articles": n_articles,
            "bcubed": _agreement(within.precision, within.recall, within.f1),
            "retrieval": _retrieval(retrieval(vectors[mine], gold[mine])),
        }
    return {
        "n_articles": len(gold),
        "n_clusters": len(np.unique(gold)),
        "n_stories": len(np.unique(predicted[predicted >= 0])),
        "bcubed": _agreement(agreement.precision, agreement.recall, agreement.f1),
        "pairwise_f1": round(pairs.f1, 4),
        "retrieval": _retrieval(retrieval(vectors, gold)),
        "languages": by_language,
        "cross_lingual": _retrieval(retrieval(vectors, gold, languages=languages)),
    }


def _calibration(window: Window, gold: Labels) -> dict[str, Any]:
    """Return how far the probabilities of pairs can be trusted, and what each cut would give."""
    judged = judge(window, window_index)
    said = judged.evidence.probabilities
    left, right = judged.pairs.T
    related = (gold[left] == gold[right]) & (gold[left] >= 0)
    found = reliability(said, related)
    return {
        "n_pairs": len(said),
        "brier": round(found.brier, 4),
        "error": round(found.error, 4),
        "curve": [
            {"probability": round(mean, 3), "related": round(share, 3), "n_pairs": n_pairs}
            for mean, share, n_pairs in found.curve
        ],
        "operating": [
            {
                "probability": cut,
                "precision": round(float(related[said >= cut].mean()), 4),
                "recall": round(float((related & (said >= cut)).sum() / related.sum()), 4),
            }
            for cut in OPERATING_CUTS
            if related.any() and (said >= cut).any()
        ],
    }


def _hits(labelled: Gold, corpus: Corpus, generation: Generation) -> dict[str, Any]:
    """Return how far the probabilities that queries show can be trusted.

    Articles are asked for as `engine similar --id` does; hits without an event do not count.
    """
    event_of = {
        id_: event for id_, event in zip(labelled.ids, labelled.clusters, strict=True) if event
    }
    asked = [id_ for id_ in event_of if id_ in corpus.articles.keys_of([id_])]
    said, right = [], []
    for id_ in asked[:: max(1, round(len(asked) / QUERIES))]:
        query = stored_query(id_, corpus, generation)
        for hit in find_similar(query, corpus, generation):
            if hit.article.id in event_of:
                said.append(hit.probability)
                right.append(event_of[hit.article.id] == event_of[id_])
    chances, related = np.array(said), np.array(right, np.bool_)
    found = reliability(chances, related)
    return {
        "n_hits": len(related),
        "accuracy": round(float(((chances > 0.5) == related).mean()), 4) if len(related) else 0.0,
        "brier": round(found.brier, 4),
        "error": round(found.error, 4),
    }


def _agreement(precision: float, recall: float, f1: float) -> dict[str, float]:
    return {"precision": round(precision, 4), "recall": round(recall, 4), "f1": round(f1, 4)}


def _retrieval(scores: Retrieval) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(scores).items()}


def _peers(vectors: npt.NDArray[np.float32], gold: Labels) -> dict[str, Any]:
    from engine.clustering.peers import PEERS

    results = {}
    for name, peer in PEERS.items():
        best = max(peer(vectors), key=lambda found: bcubed(found.labels, gold).f1)
        agreement = bcubed(best.labels, gold)
        results[name] = {
            "setting": best.setting,
            "bcubed": _agreement(agreement.precision, agreement.recall, agreement.f1),
            "pairwise_f1": round(pairwise(best.labels, gold).f1, 4),
        }
    return results
