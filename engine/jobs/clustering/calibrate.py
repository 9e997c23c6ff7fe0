"""Learning what is one event from pairs that people judged, and which pairs to ask about."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.domain import Article, Rows, Value
from engine.errors import InputError
from engine.index.faiss_build import build_index
from engine.jobs.base.reader import Reader
from engine.jobs.base.writer import Writer
from engine.jobs.lookup.answers import PairLabel, latest
from engine.jobs.lookup.learnt import base_granularity, base_model, keep_granularity, known_model
from engine.same_event.calibration import (
    LEAST_PAIRS,
    LabelledPairs,
    Reliability,
    learn_granularity,
    most_informative,
    refit,
    reliability,
)
from engine.same_event.candidates import candidate_pairs, nearest_neighbours
from engine.same_event.features import pair_features
from engine.same_event.granularity import as_granularity
from engine.same_event.pair_model import PairModel, shipped_model, write_model
from engine.same_event.pairs import unique_pairs
from engine.same_event.window import Window, article_window
from engine.same_event.window_terms import WindowTerms
from engine.stories.partition import Judged, judge

BACKGROUND_ARTICLES = 3000
"""Latest articles among which the judged ones are seen: enough to fit a window's mixture."""

PSEUDO_PAIRS = 100.0
"""Judged pairs that the model which comes with the engine counts as."""

FOLDS = 5
"""Parts of the judged pairs; each is predicted by a model learned on the others."""


@dataclass(frozen=True, slots=True)
class CalibrationReport(Value):
    """What a calibration learned.

    Attributes
    ----------
    n_pairs, n_same, n_unknown
        Pairs learned from, those of one event, and those whose articles are not indexed.
    before, after
        Reliability of the model in use until now, and of the new one on pairs that were
        left out of its learning; None where there were too few to learn one.
    model
        The new model, or else the one in use until now.
    granularity_before, granularity
        How coarse stories were to be until now, and are from now on, in log-odds.
    """

    n_pairs: int
    n_same: int
    n_unknown: int
    before: Reliability
    after: Reliability | None
    model: PairModel
    granularity_before: float
    granularity: float


def calibrate(writer: Writer, labels: Sequence[PairLabel]) -> CalibrationReport:
    """Learn the base's own pair model, and how coarse it wants stories, for later clusterings.

    Fewer than `LEAST_PAIRS` pairs of one event, or of others, leave the pair model as it is.

    Parameters
    ----------
    writer
        Of the base.
    labels
        Judged pairs; of those that name the same two articles the last one counts.

    Raises
    ------
    InputError
        None of the judged pairs is indexed.
    NotFoundError
        Nothing is published.
    """
    reader, layout = writer.reader, writer.layout
    labels = latest(labels)
    ids = [id_ for label in labels for id_ in (label.a, label.b)]
    articles, window = _surroundings(reader, ids)
    examples, n_unknown = _examples(articles, window, labels)
    if not examples.known.any():
        raise InputError(
            "there is no labelled pair of indexed articles to learn from; answer "
            "'engine label', correct stories, or give a file of labels"
        )
    report = _learned(examples, n_unknown, base_model(layout), base_granularity(layout))
    if report.after is not None:
        _write(layout.pair_model, report, report.after)
    keep_granularity(writer.lock, report.granularity)
    return report


def _learned(
    examples: LabelledPairs, n_unknown: int, before: PairModel, granularity_before: float
) -> CalibrationReport:
    """Return what `examples` teach a base that has known `before` until now."""
    said = examples.weighed(before)
    truth = examples.related[examples.known]
    model, after, now = before, None, said
    if min(truth.sum(), (~truth).sum()) >= LEAST_PAIRS:
        model = refit(shipped_model(), [examples], pseudo_pairs=PSEUDO_PAIRS)
        after = reliability(_left_out(examples), truth)
        now = examples.weighed(model)
    asked = learn_granularity(examples, now, pseudo_pairs=PSEUDO_PAIRS)
    return CalibrationReport(
        n_pairs=len(truth),
        n_same=int(truth.sum()),
        n_unknown=n_unknown,
        before=reliability(said.probabilities[examples.known], truth),
        after=after,
        model=model,
        granularity_before=granularity_before,
        granularity=as_granularity(round(asked, 2)),
    )


def doubtful_pairs(
    reader: Reader, n_pairs: int, *, answered: Collection[PairLabel] = ()
) -> Iterator[tuple[Article, Article]]:
    """Yield the pairs of the latest articles whose labels would teach most, best first.

    Parameters
    ----------
    reader
        Of the base.
    n_pairs
        How many to yield at most.
    answered
        What people have said already; these pairs are left out.
    """
    articles, judged = reader.once(_latest_judged)
    known = {label.pair for label in answered}
    ids = [(articles[one].id, articles[other].id) for one, other in judged.pairs.tolist()]
    open_ = np.flatnonzero([frozenset(pair) not in known for pair in ids])
    for place in most_informative(judged.evidence.probabilities[open_], n_pairs).tolist():
        left, right = judged.pairs[open_[place]].tolist()
        yield articles[left], articles[right]


def _latest_judged(reader: Reader) -> tuple[list[Article], Judged]:
    """Return the latest articles, and their pairs as judged by the model of the base."""
    articles, window = _surroundings(reader, [])
    return articles, judge(window, build_index, model=reader.once(known_model))


def _surroundings(reader: Reader, ids: Sequence[str]) -> tuple[list[Article], Window]:
    """Return the articles of `ids` and the latest ones, as values and as a window."""
    generation = reader.generation
    named = reader.rows_of(ids)
    latest = np.argsort(generation.published, kind="stable")[-BACKGROUND_ARTICLES:]
    rows = Rows(np.union1d(named[named >= 0], latest).astype(np.int64))
    rows, articles = reader.still_there(rows)
    vectors = np.ascontiguousarray(generation.vectors(rows))
    return articles, article_window(articles, vectors)


def _examples(
    articles: Sequence[Article], window: Window, labels: Sequence[PairLabel]
) -> tuple[LabelledPairs, int]:
    """Return the candidate and judged pairs, and how many labels name no indexed pair."""
    row = {article.id: place for place, article in enumerate(articles)}
    truth = {
        (min(row[label.a], row[label.b]), max(row[label.a], row[label.b])): label.same_event
        for label in labels
        if label.a in row and label.b in row and label.a != label.b
    }
    judged = np.array(list(truth), np.int64).reshape(-1, 2)
    terms = WindowTerms.of(window)
    near = nearest_neighbours(window, build_index(window.vectors))
    found = candidate_pairs(near.rows, terms)
    pairs = unique_pairs(*np.concatenate([found, judged]).T, n_articles=len(window))
    known = np.array([tuple(pair) in truth for pair in pairs.tolist()], np.bool_)
    related = np.array([truth.get(tuple(pair), False) for pair in pairs.tolist()], np.bool_)
    named = sum(label.a in row and label.b in row for label in labels)
    features = pair_features(window, pairs, terms)
    return LabelledPairs(features, window.published, known, related), len(labels) - named


def _left_out(examples: LabelledPairs) -> npt.NDArray[np.float64]:
    """Return the probability of each judged pair by a model that has not seen it."""
    judged = np.flatnonzero(examples.known)
    said = np.zeros(len(judged))
    for fold in range(FOLDS):
        mine = np.arange(len(judged)) % FOLDS == fold
        known = examples.known.copy()
        known[judged[mine]] = False
        others = LabelledPairs(examples.features, examples.published, known, examples.related)
        model = refit(shipped_model(), [others], pseudo_pairs=PSEUDO_PAIRS, least_pairs=0)
        said[mine] = examples.weighed(model).probabilities[judged[mine]]
    return said


def _write(path: Path, report: CalibrationReport, after: Reliability) -> None:
    """Replace the model at `path` at once, with what it was learned from beside it."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        beside = Path(folder) / path.name
        write_model(
            report.model,
            beside,
            report={
                "n_pairs": report.n_pairs,
                "n_same": report.n_same,
                "before": {"brier": report.before.brier, "error": report.before.error},
                "after": {"brier": after.brier, "error": after.error},
            },
        )
        beside.replace(path)
