"""Scoring the whole engine on labelled articles."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engine.disk.layout import Layout
from engine.domain import Article, EncoderSpec, Labels, Rows
from engine.evaluation.gold import Gold, read_gold
from engine.evaluation.retrieval import Searches
from engine.evaluation.scores import (
    Bcubed,
    CalibrationScores,
    CurvePoint,
    Evaluation,
    GranularityScore,
    GranularityScores,
    LanguageScores,
    MembershipScores,
    OperatingPoint,
    PeerScores,
)
from engine.jobs.base.reader import Reader
from engine.jobs.base.scope import Ground
from engine.jobs.base.setup import SHIPPED, Setup
from engine.jobs.base.writer import Writer
from engine.jobs.clustering.cluster import cluster
from engine.jobs.clustering.reconcile import Grouped, group_window
from engine.jobs.querying.ranking import DENSE
from engine.jobs.rebuilding.rebuild import rebuild
from engine.jobs.storing.ingest import ingest
from engine.protocols import silent
from engine.reading.cleaning.cleaner import fingerprint as cleaner_fingerprint
from engine.same_event.calibration import reliability
from engine.same_event.granularity import LEAST, MOST, as_granularity
from engine.stories.agreement import bcubed, pairwise

OPERATING_CUTS = tuple(round(0.05 * step, 2) for step in range(1, 20))
"""Probabilities at which precision and recall over pairs are shown."""

GRANULARITIES = tuple(np.arange(LEAST, MOST + 0.25, 0.5).tolist())
"""Settings of the dial that are tried on the gold."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """The labelled articles that were taken in, and what became of them.

    Attributes
    ----------
    articles
        In the order of the file.
    rows
        Int64, shape (n,): row of each in the generation, and in a window of all articles.
    gold, predicted
        Int64, shape (n,): number of the event and of the story, -1 for none.
    strengths
        Float64, shape (n,): how surely each belongs to its story; NaN without one.
    """

    articles: Sequence[Article]
    rows: Rows
    gold: Labels
    predicted: Labels
    strengths: npt.NDArray[np.float64]


def evaluate(
    gold: Path,
    *,
    folder: Path,
    setup: Setup = SHIPPED,
    spec: EncoderSpec | None = None,
    granularity: str | float = 0.0,
    peers: bool = True,
) -> Evaluation:
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
        The encoder; None takes that of `setup` or the default, whichever an earlier
        evaluation of the same file took.
    granularity
        How fine or coarse its stories are, as a word or in log-odds.
    peers
        Also score other clusterers on the same vectors.

    Raises
    ------
    InputError
        The file has a line that is no object, or fewer than two labelled articles; or there
        is no such granularity.
    """
    setting = as_granularity(granularity)
    labels = read_gold(gold)
    # Another cleaner makes other articles of the same lines.
    content = labels.lines + cleaner_fingerprint().encode()
    layout = Layout(folder / hashlib.blake2b(content, digest_size=8).hexdigest())
    seconds = _build(layout, labels, setup, spec, setting)
    with Reader.open(layout, setup) as reader:
        event_of = labels.events()
        labelled = _labelled(reader, event_of)
        grouped = group_window(Ground(reader.corpus, reader.generation.as_content(), setup), None)
        searches = Searches(reader, labelled.articles, event_of)
        return Evaluation(
            n_articles=len(labelled.gold),
            n_clusters=len(np.unique(labelled.gold)),
            n_stories=len(np.unique(labelled.predicted[labelled.predicted >= 0])),
            bcubed=Bcubed.of(bcubed(labelled.predicted, labelled.gold)),
            pairwise_f1=round(pairwise(labelled.predicted, labelled.gold).f1, 4),
            retrieval=searches.among_all(),
            cross_lingual=searches.across_languages(),
            languages=_languages(labelled, searches),
            dense=searches.ranked(DENSE),
            granularity=_granularities(labelled, grouped, setup, setting),
            calibration=_calibration(labelled, grouped),
            memberships=_memberships(labelled),
            hits=searches.trust(),
            matches=searches.matches(),
            seconds=seconds,
            peers=_peers(reader, labelled) if peers else None,
        )


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
        rebuild(layout, setup, spec=spec or setup.spec or EncoderSpec())
    with timed("cluster"), Writer.open(layout, command="evaluate", setup=setup) as writer:
        cluster(writer, granularity=granularity)
    return seconds


def _labelled(reader: Reader, event_of: dict[str, str]) -> Labelled:
    found = reader.articles(list(event_of))
    articles = [found[id_] for id_ in event_of if id_ in found]
    story_of: dict[str, str] = {}
    strength_of: dict[str, float] = {}
    for story in reader.generation.stories():
        story_of |= dict.fromkeys(story.article_ids, story.id)
        strength_of |= zip(story.article_ids, story.strengths, strict=True)
    ids = [article.id for article in articles]
    return Labelled(
        articles=articles,
        rows=reader.rows_of(ids),
        gold=_numbered([event_of[id_] for id_ in ids]),
        predicted=_numbered([story_of.get(id_, "") for id_ in ids]),
        strengths=np.array([strength_of.get(id_, np.nan) for id_ in ids]),
    )


def _numbered(names: Sequence[str]) -> Labels:
    """Return a number for each distinct name, -1 for an empty one; int64, (n,)."""
    numbers = {name: number for number, name in enumerate(dict.fromkeys(filter(None, names)))}
    return np.array([numbers.get(name, -1) for name in names], np.int64)


def _languages(labelled: Labelled, searches: Searches) -> dict[str, LanguageScores]:
    languages = np.array([article.language for article in labelled.articles])
    scores = {}
    for language, n_articles in Counter(languages.tolist()).most_common():
        mine = np.flatnonzero(languages == language)
        found = bcubed(labelled.predicted[mine], labelled.gold[mine])
        scores[language] = LanguageScores(n_articles, Bcubed.of(found), searches.within(language))
    return scores


def _granularities(
    labelled: Labelled, grouped: Grouped, setup: Setup, used: float
) -> GranularityScores:
    """Return how each setting of the dial would do, and the best.

    Of equally good ones the nearest to none is the best.
    """
    settings = []
    for setting in sorted(GRANULARITIES, key=abs):
        found = setup.clusterer(
            grouped.scope.view, grouped.judged, granularity=setting, progress=silent
        )
        scored = Bcubed.of(bcubed(found.labels[labelled.rows], labelled.gold))
        settings.append(GranularityScore(setting, scored.precision, scored.recall, scored.f1))
    best = max(settings, key=lambda each: each.f1)
    in_order = sorted(settings, key=lambda each: each.granularity)
    return GranularityScores(used, best, tuple(in_order))


def _calibration(labelled: Labelled, grouped: Grouped) -> CalibrationScores:
    """Return how far the probabilities of pairs of labelled articles can be trusted."""
    event_of = np.full(len(grouped.scope.keys), -1)
    event_of[labelled.rows] = labelled.gold
    pairs = event_of[grouped.judged.pairs]  # (n_pairs, 2)
    known = (pairs >= 0).all(axis=1)
    said = grouped.judged.evidence.probabilities[known]
    related = pairs[known, 0] == pairs[known, 1]
    found = reliability(said, related)
    return CalibrationScores(
        n_pairs=len(said),
        brier=round(found.brier, 4),
        error=round(found.error, 4),
        curve=tuple(
            CurvePoint(round(mean, 3), round(share, 3), n_pairs)
            for mean, share, n_pairs in found.curve
        ),
        operating=tuple(
            OperatingPoint(
                cut,
                round(float(related[said >= cut].mean()), 4),
                round(float((related & (said >= cut)).sum() / related.sum()), 4),
            )
            for cut in OPERATING_CUTS
            if related.any() and (said >= cut).any()
        ),
    )


def _memberships(labelled: Labelled) -> MembershipScores:
    """Return how far the strengths of memberships can be trusted.

    An article belongs where at least half of the others in its story are of its event.
    """
    said, right = [], []
    for row in np.flatnonzero(~np.isnan(labelled.strengths)).tolist():
        others = np.flatnonzero(labelled.predicted == labelled.predicted[row])
        others = others[others != row]
        if len(others):  # else nobody knows of what event the others are
            said.append(labelled.strengths[row])
            right.append(2 * (labelled.gold[others] == labelled.gold[row]).sum() >= len(others))
    found = reliability(np.array(said), np.array(right, np.bool_))
    return MembershipScores(len(said), round(found.brier, 4), round(found.error, 4))


def _peers(reader: Reader, labelled: Labelled) -> dict[str, PeerScores]:
    """Return how other clusterers do on the same vectors, each at its best setting."""
    from engine.evaluation.peers import PEERS

    vectors, gold = reader.generation.vectors(labelled.rows), labelled.gold
    results = {}
    for name, peer in PEERS.items():
        best = max(peer(vectors), key=lambda found: bcubed(found.labels, gold).f1)
        results[name] = PeerScores(
            best.setting,
            Bcubed.of(bcubed(best.labels, gold)),
            round(pairwise(best.labels, gold).f1, 4),
        )
    return results
