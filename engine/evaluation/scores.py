"""What is scored: stories and neighbours against gold, and probabilities against the truth."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from engine.domain import Rows
from engine.evaluation.gold import Gold
from engine.jobs.learnt import base_mixture
from engine.jobs.search import backdrop, find_similar, stored_queries
from engine.jobs.session import Reader
from engine.same_event.calibration import Reliability, reliability
from engine.same_event.granularity import LEAST, MOST
from engine.same_event.hit_curve import curve_of
from engine.same_event.hits import weigh_hits
from engine.same_event.window import Window
from engine.stories.agreement import Labels, Retrieval, bcubed, pairwise, retrieval
from engine.stories.partition import Judged, partition

OPERATING_CUTS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Probabilities at which precision and recall over pairs are shown."""

GRANULARITIES = tuple(np.arange(LEAST, MOST + 0.25, 0.5).tolist())
"""Settings of the dial that are tried on the gold."""

QUERIES = 250
"""Articles, evenly spaced, whose hits are compared with the truth: some 2,500 probabilities."""


@dataclass(frozen=True, slots=True)
class Scored:
    """The labelled articles, row by row.

    Attributes
    ----------
    view
        The articles.
    languages
        Str, shape (n,).
    gold, predicted
        Int64, shape (n,): number of the event and of the story, -1 for none.
    strengths
        Float64, shape (n,): how surely each belongs to its story; NaN without one.
    """

    view: Window
    languages: npt.NDArray[np.str_]
    gold: Labels
    predicted: Labels
    strengths: npt.NDArray[np.float64]


def story_scores(scored: Scored) -> dict[str, Any]:
    """Return how well the stories agree with the events."""
    predicted, gold = scored.predicted, scored.gold
    return {
        "n_articles": len(gold),
        "n_clusters": len(np.unique(gold)),
        "n_stories": len(np.unique(predicted[predicted >= 0])),
        "bcubed": _bcubed(predicted, gold),
        "pairwise_f1": round(pairwise(predicted, gold).f1, 4),
    }


def retrieval_scores(scored: Scored, reader: Reader) -> dict[str, Any]:
    """Return how well articles find those of their event, in the order that a query shows."""
    vectors, gold, languages = scored.view.vectors, scored.gold, scored.languages
    mixture, others = base_mixture(reader), reader.once(backdrop)
    curve = curve_of(reader.generation.manifest.fingerprint)

    def found(rows: Rows, of_others: bool, by_event: bool = True) -> dict[str, float]:
        """Return the scores among `rows`, or among those of them in other languages."""

        def judged(pairs: Rows) -> npt.NDArray[np.float64]:
            weighed = weigh_hits(scored.view, rows[pairs], others, mixture=mixture, curve=curve)
            return weighed[1].probabilities

        scores = retrieval(
            vectors[rows],
            gold[rows],
            languages=languages[rows] if of_others else None,
            published=scored.view.published[rows],
            judge=judged if by_event else None,
        )
        return _rounded(scores)

    everything = np.arange(len(gold), dtype=np.int64)
    by_language = {}
    for language, n_articles in Counter(languages.tolist()).most_common():
        mine = np.flatnonzero(languages == language)
        by_language[language] = {
            "n_articles": n_articles,
            "bcubed": _bcubed(scored.predicted[mine], gold[mine]),
            "retrieval": found(mine, False),
        }
    return {
        "retrieval": found(everything, False),
        "cross_lingual": found(everything, True),
        "languages": by_language,
        "dense": {
            "retrieval": found(everything, False, by_event=False),
            "cross_lingual": found(everything, True, by_event=False),
        },
    }


def calibration_scores(scored: Scored, judged: Judged) -> dict[str, Any]:
    """Return how far the probabilities of pairs can be trusted, and what each cut would give."""
    gold = scored.gold
    said = judged.evidence.probabilities
    left, right = judged.pairs.T
    related = (gold[left] == gold[right]) & (gold[left] >= 0)
    found = reliability(said, related)
    return {
        "n_pairs": len(said),
        **_trust(found),
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


def granularity_scores(scored: Scored, judged: Judged, used: float) -> dict[str, Any]:
    """Return which setting of the dial would agree best with the gold, and how all of them do.

    Of equally good ones the nearest to none is the best.
    """
    settings = []
    for setting in sorted(GRANULARITIES, key=abs):
        found = partition(scored.view, judged, granularity=setting).labels
        settings.append({"granularity": setting, **_bcubed(found, scored.gold)})
    best = max(settings, key=lambda each: each["f1"])
    settings.sort(key=lambda each: each["granularity"])
    return {"used": used, "best": best, "settings": settings}


def membership_scores(scored: Scored) -> dict[str, Any]:
    """Return how far the strengths of memberships can be trusted.

    An article belongs where at least half of the others in its story are of its event.
    """
    gold = scored.gold
    said, right = [], []
    for row in np.flatnonzero(~np.isnan(scored.strengths)).tolist():
        others = np.flatnonzero(scored.predicted == scored.predicted[row])
        others = others[others != row]
        if len(others):  # else nobody knows of what event the others are
            said.append(scored.strengths[row])
            right.append(2 * (gold[others] == gold[row]).sum() >= len(others))
    found = reliability(np.array(said), np.array(right, np.bool_))
    return {"n_articles": len(said), **_trust(found)}


def hit_scores(labelled: Gold, reader: Reader) -> dict[str, Any]:
    """Return how far the probabilities that queries show can be trusted.

    Articles are asked for as `engine similar --id` does; hits without an event do not count.
    """
    event_of = labelled.events()
    there = reader.corpus.articles.keys_of(list(event_of))
    asked = [id_ for id_ in event_of if id_ in there]
    said, right = [], []
    asked = asked[:: max(1, round(len(asked) / QUERIES))]
    for id_, hits in zip(asked, find_similar(reader, stored_queries(reader, asked)), strict=True):
        for hit in hits:
            if hit.article.id in event_of:
                said.append(hit.probability)
                right.append(event_of[hit.article.id] == event_of[id_])
    chances, related = np.array(said), np.array(right, np.bool_)
    found = reliability(chances, related)
    return {
        "n_hits": len(related),
        "accuracy": round(float(((chances > 0.5) == related).mean()), 4) if len(related) else 0.0,
        **_trust(found),
    }


def peer_scores(scored: Scored) -> dict[str, Any]:
    """Return how other clusterers do on the same vectors, each at its best setting."""
    from engine.evaluation.peers import PEERS

    gold = scored.gold
    results = {}
    for name, peer in PEERS.items():
        best = max(peer(scored.view.vectors), key=lambda found: bcubed(found.labels, gold).f1)
        results[name] = {
            "setting": best.setting,
            "bcubed": _bcubed(best.labels, gold),
            "pairwise_f1": round(pairwise(best.labels, gold).f1, 4),
        }
    return results


def _bcubed(predicted: Labels, gold: Labels) -> dict[str, float]:
    found = bcubed(predicted, gold)
    values = {"precision": found.precision, "recall": found.recall, "f1": found.f1}
    return {name: round(value, 4) for name, value in values.items()}


def _rounded(scores: Retrieval) -> dict[str, float]:
    return {name: round(value, 4) for name, value in asdict(scores).items()}


def _trust(found: Reliability) -> dict[str, float]:
    return {"brier": round(found.brier, 4), "error": round(found.error, 4)}
