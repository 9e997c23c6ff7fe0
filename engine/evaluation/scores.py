"""What an evaluation says: frozen values, which `to_dict` writes as ``--json`` prints them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from engine.domain import Value
from engine.stories.agreement import Agreement


@dataclass(frozen=True, slots=True)
class Bcubed(Value):
    """B-cubed precision, recall and F1 of a partition, each in [0, 1]."""

    precision: float
    recall: float
    f1: float

    @classmethod
    def of(cls, found: Agreement) -> Bcubed:
        """Return `found` to four digits."""
        return cls(round(found.precision, 4), round(found.recall, 4), round(found.f1, 4))


@dataclass(frozen=True, slots=True)
class Retrieval(Value):
    """How well the hits of articles are of their own event.

    Attributes
    ----------
    n_queries
        Articles that were asked for; only those with another article to find.
    hit_at_1
        Share whose first hit is of the same event.
    recall_at_10
        Mean share of the articles to find that are among the ten hits.
    mrr
        Mean of one over the rank of the first right hit; 0 where none of the ten is.
    """

    n_queries: int
    hit_at_1: float
    recall_at_10: float
    mrr: float


@dataclass(frozen=True, slots=True)
class LanguageScores(Value):
    """The articles of one language: their stories, and searches among them alone."""

    n_articles: int
    bcubed: Bcubed
    retrieval: Retrieval


@dataclass(frozen=True, slots=True)
class Ranked(Value):
    """One order of hits: among all articles, and among those of other languages."""

    retrieval: Retrieval
    cross_lingual: Retrieval


@dataclass(frozen=True, slots=True)
class GranularityScore(Value):
    """What one setting of the dial, in log-odds, would give."""

    granularity: float
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class GranularityScores(Value):
    """The setting that was used, the one that agrees best with the gold, and all of them."""

    used: float
    best: GranularityScore
    settings: tuple[GranularityScore, ...]


@dataclass(frozen=True, slots=True)
class CurvePoint(Value):
    """Pairs of like probability: its mean, the share that is one event, and how many."""

    probability: float
    related: float
    n_pairs: int


@dataclass(frozen=True, slots=True)
class OperatingPoint(Value):
    """Precision and recall over candidate pairs that are cut at a probability."""

    probability: float
    precision: float
    recall: float


@dataclass(frozen=True, slots=True)
class CalibrationScores(Value):
    """How far the probabilities of candidate pairs can be trusted.

    Attributes
    ----------
    n_pairs
        Pairs of labelled articles.
    brier, error
        As in `engine.same_event.calibration.Reliability`.
    curve, operating
        Probability said against what is true, and what each cut would give.
    """

    n_pairs: int
    brier: float
    error: float
    curve: tuple[CurvePoint, ...]
    operating: tuple[OperatingPoint, ...]


@dataclass(frozen=True, slots=True)
class MembershipScores(Value):
    """How far the strengths of memberships can be trusted; `brier` and `error` as of pairs."""

    n_articles: int
    brier: float
    error: float


@dataclass(frozen=True, slots=True)
class HitScores(Value):
    """How far the probabilities of hits can be trusted.

    Attributes
    ----------
    n_hits
        Hits with a known event.
    accuracy
        Share on the right side of a half.
    brier, error
        As of pairs.
    """

    n_hits: int
    accuracy: float
    brier: float
    error: float


@dataclass(frozen=True, slots=True)
class MatchScores(Value):
    """How well the story that is told for an article, as if it were not in one, is its event's.

    A story is right where at least half of its other labelled articles are of the event.

    Attributes
    ----------
    n_articles
        Articles with another one of their event, that were asked for.
    precision
        Share of the stories told for any article, those that are alone too, that are right.
    recall
        Share of `n_articles` for which the right story is told.
    n_alone
        Articles that are alone with their event, that were asked for.
    silence
        Share of them for which no story is told.
    """

    n_articles: int
    precision: float
    recall: float
    n_alone: int
    silence: float


@dataclass(frozen=True, slots=True)
class PeerScores(Value):
    """Another clusterer at the setting that scores best on the gold itself."""

    setting: str
    bcubed: Bcubed
    pairwise_f1: float


@dataclass(frozen=True, slots=True)
class Evaluation(Value):
    """How the engine does on labelled articles.

    Attributes
    ----------
    n_articles, n_clusters, n_stories
        Labelled articles, their events, and the stories that hold some of them.
    bcubed, pairwise_f1
        Agreement of stories and events.
    retrieval, cross_lingual, dense
        Hits as `engine similar` shows them, among all articles and those of other
        languages, and by cosine alone.
    languages
        The same within each language, most frequent first.
    granularity, calibration, memberships, hits, matches
        See their types.
    seconds
        Wall time of ingest, rebuild and cluster.
    peers
        Other clusterers by name; None where they were left out.
    """

    n_articles: int
    n_clusters: int
    n_stories: int
    bcubed: Bcubed
    pairwise_f1: float
    retrieval: Retrieval
    cross_lingual: Retrieval
    languages: Mapping[str, LanguageScores]
    dense: Ranked
    granularity: GranularityScores
    calibration: CalibrationScores
    memberships: MembershipScores
    hits: HitScores
    matches: MatchScores
    seconds: Mapping[str, float]
    peers: Mapping[str, PeerScores] | None

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as ``engine evaluate --json`` prints them."""
        values = super(Evaluation, self).to_dict()
        return {name: value for name, value in values.items() if value is not None}
