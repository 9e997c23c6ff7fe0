"""Articles to stories: the method, one call a step."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from engine.domain import Clustering, Embeddings, Labels, Neighbours, Rows
from engine.protocols import Index, Progress, silent
from engine.same_event.candidates import NEIGHBOURS, candidate_pairs, near_pairs, nearest_neighbours
from engine.same_event.copies import fold_copies
from engine.same_event.evidence import Evidence, Weighing
from engine.same_event.features import Features, Floats, pair_features
from engine.same_event.mixture import Mixture, fit_mixture, probability, refit_mixture
from engine.same_event.pair_model import PairModel, shipped_model
from engine.same_event.pairs import Pairs, without
from engine.same_event.readings import Readings
from engine.same_event.timing import TimeEvidence
from engine.same_event.window import Window, canonical_order
from engine.same_event.window_terms import WindowTerms
from engine.stories.joins import Measure, join_clusters, part_chains
from engine.stories.moves import move_articles

NO_STORY = -1
"""Label of an article that is in no story with any other."""

CROWDED_SHARE = 0.75
"""Of the neighbours asked for, those that are likely of one event where more are asked for.
On uci_titles_2014, where events have up to 322 articles, 40 instead of 24 gain three points of
B-cubed F1, on its first third ten; sets of small events do not change."""

MEMBER_SLOPE, MEMBER_LOG_ODDS = 0.6, 1.0
"""From the mean log-odds of an article's pairs within its story to those that it belongs there
(Platt 1999): what was put together by many pairs is surer than a pair. On ten windows the mean
calibration error is 0.043; of the mean probability of the pairs it is 0.095."""

IndexOf = Callable[[Embeddings], Index]
"""Builds what finds neighbours among vectors."""

NearestOf = Callable[[Window], Neighbours]
"""Finds the nearest rows of each article, as `nearest_neighbours` does."""

ROUNDS = 2
"""Times that the mixture is fitted again. Once loses a point on growing parts of uci_titles_2014;
three times change no mean by more than 0.1 points."""


class Clusterer(Protocol):
    """Makes stories of judged pairs; `partition` is the engine's own."""

    def __call__(
        self, window: Window, judged: Judged, *, granularity: float, progress: Progress
    ) -> Clustering:
        """Group the rows of `window` that report one event.

        Parameters
        ----------
        window
            The articles, n of them.
        judged
            Their candidate pairs, and what speaks for and against each.
        granularity
            Log-odds to add to the evidence of every pair: more joins, less parts.
        progress
            To be told of long work.

        Returns
        -------
        Clustering
            Int64 labels, shape (n,), negative for a row in no story, and float32
            strengths, shape (n,), in [0, 1].
        """


@dataclass(frozen=True, slots=True)
class Judged:
    """The candidate pairs of a window and what speaks for and against them.

    Attributes
    ----------
    pairs
        Int64, shape (n_pairs, 2): rows of the window, in an order that depends on the
        articles alone.
    features, evidence
        Of each pair.
    order
        Int64, shape (n,): rows of the window sorted by content.
    stands_for
        Int64, shape (n,): the row that stands for each; copies are in no pair.
    measure
        Returns the log-odds of any pairs of rows, weighed as the candidates are.
    model
        What was known of pairs.
    of_pairs_alone
        The mixture of pairs one by one, before the clusters were asked. A hit has no cluster
        either: judged by this one, questions of left-out sets have a calibration error of
        0.034 on average, by that of the evidence 0.039.
    read
        What each row of the window says.
    """

    pairs: Pairs
    features: Features
    evidence: Evidence
    order: Rows
    stands_for: Rows
    measure: Measure
    model: PairModel
    of_pairs_alone: Mixture
    read: Readings


def judge(
    window: Window,
    index_of: IndexOf,
    *,
    model: PairModel | None = None,
    read: Readings | None = None,
    progress: Progress = silent,
) -> Judged:
    """Return the candidate pairs of `window` with the evidence that they are one event.

    Parameters
    ----------
    window, index_of, model, progress
        As for `cluster`.
    read
        What the articles say; None reads them.
    """

    def nearest_of(view: Window) -> Neighbours:
        return nearest_neighbours(view, index_of(view.vectors))

    return judge_near(window, nearest_of, model=model, read=read, progress=progress)


def judge_near(
    window: Window,
    nearest_of: NearestOf,
    *,
    model: PairModel | None = None,
    read: Readings | None = None,
    progress: Progress = silent,
) -> Judged:
    """Do what `judge` does, with `nearest_of` to find the nearest rows of a window."""
    progress("candidates", 0, 2)
    read = read or Readings.of(window)
    order = canonical_order(read.contents)
    folded = _folded(window, read, order)
    rows = Rows(order[np.unique(folded)])
    view = window.take(rows)
    with ThreadPoolExecutor(1) as beside:  # searching mostly waits, for workers or for a library
        named = beside.submit(WindowTerms.of, view, read.said(rows))
        near, terms = nearest_of(view), named.result()
    model = model or shipped_model()
    timing = TimeEvidence(view.published, model)
    pairs, features, alone = _measured(view, near, terms, timing, model)
    del near
    evidence = refit_to_clusters(len(view), pairs, features, alone, model, timing)
    place = np.full(len(window), -1)
    place[rows] = np.arange(len(rows))

    def measure(others: Pairs) -> Floats:
        measured = pair_features(view, place[others], terms)
        return Weighing(measured, timing, model).total(evidence.mixture)

    stands_for = Rows(order[folded][np.argsort(order)])
    return Judged(rows[pairs], features, evidence, order, stands_for, measure, model, alone, read)


def _folded(window: Window, read: Readings, order: Rows) -> Rows:
    """Return which place of `order` stands for each; copies are told apart in that order."""
    leads = [read.leads[row] for row in order.tolist()]
    return fold_copies(window, order, leads, read.signatures[order])


def _measured(
    view: Window, near: Neighbours, terms: WindowTerms, timing: TimeEvidence, model: PairModel
) -> tuple[Pairs, Features, Mixture]:
    """Return the candidates, more of them where it is crowded, and the mixture of them alone."""
    pairs = candidate_pairs(near.rows, terms)
    features = pair_features(view, pairs, terms, near)
    mixture = fit_mixture(features, timing, model)
    likely = Weighing(features, timing, model).total(mixture) > 0
    crowd = crowded(pairs[likely], len(view))
    more = without(near_pairs(near.rows, crowd), pairs, n_articles=len(view))
    if not len(more):
        return pairs, features, mixture
    features = features.followed_by(pair_features(view, more, terms, near))
    return np.concatenate([pairs, more]), features, fit_mixture(features, timing, model)


def crowded(likely: Pairs, n_articles: int) -> Rows:
    """Return the rows most of whose neighbours report their event, so that more may."""
    n_likely = np.bincount(likely.ravel(), minlength=n_articles)
    return Rows(np.flatnonzero(n_likely >= CROWDED_SHARE * NEIGHBOURS))


def cluster(
    window: Window,
    index_of: IndexOf,
    *,
    model: PairModel | None = None,
    granularity: float = 0.0,
    progress: Progress = silent,
) -> Clustering:
    """Group the articles of `window` that report one event.

    The result does not depend on the order of the articles, and copies of one text change
    nothing for the others.

    Parameters
    ----------
    window
        The articles.
    index_of
        Builds an index of float32 unit rows, (n, dim); copies are left out of what it gets.
    model
        What is known of pairs; None takes the model that comes with the engine.
    granularity
        Log-odds that are added to the evidence of every pair: more joins, less parts.
    progress
        Told when each of the steps is done.

    Returns
    -------
    Clustering
        One label a row, negative for articles without a story, and how surely each belongs.
    """
    judged = judge(window, index_of, model=model, progress=progress)
    return partition(window, judged, granularity=granularity, progress=progress)


def partition(
    window: Window, judged: Judged, *, granularity: float = 0.0, progress: Progress = silent
) -> Clustering:
    """Group the articles of `window`, whose pairs are `judged`, as `cluster` does."""
    progress("partition", 1, 2)
    place = np.argsort(judged.order)
    pairs, log_odds = place[judged.pairs], judged.evidence.total + granularity

    def measure(others: Pairs) -> Floats:
        return judged.measure(judged.order[others]) + granularity

    small = move_articles(len(window), pairs, log_odds, judged.model)
    joined = join_clusters(small, pairs, log_odds, measure, judged.model)
    labels = part_chains(joined, measure, judged.model)
    strengths = _strengths(labels, pairs, judged.evidence.log_odds)
    progress("partition", 2, 2)
    unfolded = place[judged.stands_for]
    return Clustering(without_singletons(labels[unfolded]), strengths[unfolded])


def without_singletons(labels: Labels) -> Labels:
    """Return `labels` numbered by first row, with `NO_STORY` for clusters of one."""
    _, first, inverse, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    number = np.full(len(first), NO_STORY, dtype=np.int64)
    stories = np.flatnonzero(sizes > 1)
    number[stories[np.argsort(first[stories])]] = np.arange(len(stories))
    return number[inverse]


def _strengths(labels: Labels, pairs: Pairs, log_odds: Floats) -> npt.NDArray[np.float32]:
    """Return the probability that each article belongs to its cluster, by its pairs within.

    An article without such pairs is held by none but itself: 1 when it is alone.
    """
    inside = labels[pairs[:, 0]] == labels[pairs[:, 1]]
    ends = pairs[inside].T.ravel()
    n_pairs = np.bincount(ends, minlength=len(labels))
    total = np.bincount(ends, weights=np.tile(log_odds[inside], 2), minlength=len(labels))
    belongs = probability(MEMBER_SLOPE * total / np.maximum(n_pairs, 1) + MEMBER_LOG_ODDS)
    return np.where(n_pairs > 0, belongs, 1.0).astype(np.float32)


def refit_to_clusters(
    n_articles: int, pairs: Pairs, features: Features, alone: Mixture, model: PairModel,
    timing: TimeEvidence,
) -> Evidence:  # fmt: skip
    """Return the evidence of `pairs` once mixture and clusters agree.

    The mixture is fitted to pairs one by one, and takes too few for related where events are
    loose. The clusters know more of a pair than it shows itself, namely its neighbours, so the
    mixture is fitted again to what they say (classification EM, Celeux and Govaert 1992, "A
    classification EM algorithm for clustering and two stochastic versions"). Where most articles
    stand alone that would take chance neighbours for events; so the clusters are believed as far
    as the window is covered by events at all.

    Parameters
    ----------
    n_articles
        Articles of the window.
    pairs, features
        The candidate pairs.
    alone
        The mixture of pairs one by one.
    model, timing
        What is known of pairs and of the window's dates.
    """
    weighing, mixture = Weighing(features, timing, model), alone
    labels = None
    for _ in range(ROUNDS):
        total = weighing.total(mixture)
        if labels is None:
            trust = covered(n_articles, pairs, total)
        labels = move_articles(n_articles, pairs, total, model, start=labels)
        together = labels[pairs[:, 0]] == labels[pairs[:, 1]]
        belief = trust * together + (1 - trust) * probability(total)
        mixture = refit_mixture(features, belief, mixture, timing, model)
    return weighing.evidence(mixture)


def covered(n_articles: int, pairs: Pairs, log_odds: Floats) -> float:
    """Return the share of articles that have a likely pair: those that seem not to be alone.

    It follows the share that truly is not, without labels: 0.23 for 0.23 and 0.28 for 0.21 on
    days of mostly lone articles, 0.8 to 1 where every article has another.
    """
    n_likely = np.bincount(pairs[log_odds > 0].ravel(), minlength=n_articles)
    return np.count_nonzero(n_likely) / max(1, n_articles)
