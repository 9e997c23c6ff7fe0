"""Find related news articles across languages and cluster them into stories.

`open` gives a `Base` with the engine's verbs: ingest, rebuild, similar, cluster, nightly,
stories, evaluate, status, verify, rollback and prune. What they take and return has its name
here too, and is imported when it is first asked for: the command line must start at once.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING

# Threads of a product of matrices otherwise wait busily for up to 30 ms after it, beside what
# encodes the next question; so they do for 0.4 ms (2^20 cycles). Read once, as numpy is imported.
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "20")

from engine.version import VERSION

if TYPE_CHECKING:
    from engine.claims.comparing import Difference, DifferenceKind, Statement, Version
    from engine.claims.quantities import Bound, Quantity
    from engine.claims.roles import Role
    from engine.coverage.concentration import Held, Period
    from engine.coverage.figures import Coverage, Span
    from engine.coverage.firsts import First
    from engine.coverage.gaps import Gap, LanguageCoverage, Missed
    from engine.coverage.lags import Lag
    from engine.coverage.printing import Printing
    from engine.disk.files import FileRecord
    from engine.domain import (
        Article,
        Clustering,
        EmptyInput,
        EncoderSpec,
        Origin,
        OriginKind,
        Reject,
        Story,
    )
    from engine.errors import (
        ClosedError,
        DamagedError,
        EmptyQueryError,
        EncoderError,
        EngineError,
        InputError,
        ListChangedError,
        LockedError,
        MismatchError,
        MissingExtraError,
        NotFoundError,
        ServerError,
        StorageError,
        WorkError,
    )
    from engine.evaluation.scores import (
        Bcubed,
        CalibrationScores,
        CurvePoint,
        Evaluation,
        GranularityScore,
        GranularityScores,
        HitScores,
        LanguageScores,
        MatchScores,
        MembershipScores,
        OperatingPoint,
        PeerScores,
        Ranked,
        Retrieval,
    )
    from engine.facade import Base
    from engine.generations.manifest import Manifest
    from engine.generations.upkeep import GenerationEntry
    from engine.index.auditing import Audit
    from engine.jobs.base.reader import Reader
    from engine.jobs.base.remotes import Taken
    from engine.jobs.clustering.calibrate import CalibrationReport
    from engine.jobs.clustering.cluster import ClusterReport
    from engine.jobs.clustering.correct import Corrected, InForce
    from engine.jobs.clustering.forget import Certificate, Selection
    from engine.jobs.lookup.alerts import BreakingStory
    from engine.jobs.lookup.answers import PairLabel
    from engine.jobs.lookup.history import RunDifference, StoryHistory
    from engine.jobs.lookup.listing import StoryFilter
    from engine.jobs.lookup.outlines import StoryOutline
    from engine.jobs.lookup.watches import Watch
    from engine.jobs.nights.nightly import Changed, NightlyReport
    from engine.jobs.nights.replay import ReplayedNight, ReplayReport
    from engine.jobs.querying.explain import PairWhy, Why
    from engine.jobs.querying.hits import Hit
    from engine.jobs.querying.match import StoryMatch
    from engine.jobs.querying.query import Query
    from engine.jobs.querying.showing import ShownArticle
    from engine.jobs.rebuilding.rebuild import RebuildReport
    from engine.jobs.storing.clean import CleanedArticle
    from engine.jobs.storing.ingest import IngestReport
    from engine.jobs.storing.intake import Intake, Source
    from engine.jobs.telling.iterate import Neighbour, VectorBlock
    from engine.jobs.telling.matters import (
        Matter,
        MatterChange,
        MatterTimeline,
        Stage,
        StagePlace,
        StageWhy,
    )
    from engine.jobs.telling.other_stages import OtherEvents
    from engine.jobs.telling.status import GenerationStatus, LiveStatus, Status
    from engine.jobs.telling.summarise import Quoted, Summary
    from engine.jobs.telling.tables import What
    from engine.opening import open  # noqa: A004 - read as engine.open
    from engine.origins.voices import FromAgency, Independence
    from engine.protocols import Clock, Encoder, Progress
    from engine.reading.cleaning.cleaner import Cleaned, Cut
    from engine.reading.sources.rows import ArrowStream
    from engine.recorded import (
        Alert,
        AlertKind,
        CorrectionKind,
        Event,
        EventKind,
        RunKind,
        RunState,
    )
    from engine.remote.sending import Sent
    from engine.reports.briefing import Briefing, Sections
    from engine.reports.news import News, StoryChange, ToldArticle
    from engine.reports.story_brief import FirstIn, Lineage, StoryBrief, StoryNews
    from engine.reports.telling import WatchesTold
    from engine.reports.watch_news import WatchEntry, WatchNews
    from engine.same_event.calibration import Reliability
    from engine.same_event.evidence import Evidence
    from engine.same_event.explanation import Explanation
    from engine.same_event.features import Features
    from engine.same_event.mixture import Mixture
    from engine.same_event.pair_model import PairModel
    from engine.same_event.window import Window
    from engine.store import ArticleFilter, Run, RunFacts
    from engine.stories.partition import Clusterer, Judged

__version__ = VERSION
# A line each would be two pages.
# fmt: off
__all__ = [
    "Alert", "AlertKind", "ArrowStream", "Article", "ArticleFilter", "Audit", "Base", "Bcubed",
    "Bound", "BreakingStory", "Briefing", "CalibrationReport", "CalibrationScores", "Certificate",
    "Changed", "Cleaned", "CleanedArticle", "Clock", "ClosedError", "ClusterReport", "Clusterer",
    "Clustering", "Corrected", "CorrectionKind", "Coverage", "CurvePoint", "Cut", "DamagedError",
    "Difference", "DifferenceKind", "EmptyInput", "EmptyQueryError", "Encoder", "EncoderError",
    "EncoderSpec", "EngineError", "Evaluation", "Event", "EventKind", "Evidence", "Explanation",
    "Features",
    "FileRecord", "First", "FirstIn", "FromAgency", "Gap", "GenerationEntry", "GenerationStatus",
    "GranularityScore", "GranularityScores", "Held", "Hit", "HitScores", "InForce", "Independence",
    "IngestReport", "InputError", "Intake", "Judged", "Lag", "LanguageCoverage", "LanguageScores",
    "Lineage", "ListChangedError", "LiveStatus", "LockedError", "Manifest", "MatchScores", "Matter",
    "MatterChange", "MatterTimeline", "MembershipScores", "MismatchError", "Missed",
    "MissingExtraError", "Mixture", "Neighbour", "News", "NightlyReport", "NotFoundError",
    "OperatingPoint", "Origin", "OriginKind", "OtherEvents", "PairLabel", "PairModel", "PairWhy",
    "PeerScores", "Period", "Printing", "Progress", "Quantity", "Query", "Quoted", "Ranked",
    "Reader", "RebuildReport", "Reject", "Reliability", "ReplayReport", "ReplayedNight",
    "Retrieval", "Role", "Run", "RunDifference", "RunFacts", "RunKind", "RunState", "Sections",
    "Selection", "Sent", "ServerError", "ShownArticle", "Source", "Span", "Stage", "StagePlace",
    "StageWhy", "Statement", "Status", "StorageError", "Story", "StoryBrief", "StoryChange",
    "StoryFilter", "StoryHistory", "StoryMatch", "StoryNews", "StoryOutline", "Summary", "Taken",
    "ToldArticle", "VectorBlock", "Version", "Watch", "WatchEntry", "WatchNews", "WatchesTold",
    "What", "Why", "Window", "WorkError", "open",
]
# fmt: on

_HOMES = {
    "engine.claims.comparing": "Difference DifferenceKind Statement Version",
    "engine.claims.quantities": "Bound Quantity",
    "engine.claims.roles": "Role",
    "engine.coverage.concentration": "Held Period",
    "engine.coverage.figures": "Coverage Span",
    "engine.coverage.firsts": "First",
    "engine.coverage.gaps": "Gap LanguageCoverage Missed",
    "engine.coverage.lags": "Lag",
    "engine.coverage.printing": "Printing",
    "engine.disk.files": "FileRecord",
    "engine.domain": "Article Clustering EmptyInput EncoderSpec Origin OriginKind Reject Story",
    "engine.errors": "ClosedError DamagedError EmptyQueryError EncoderError EngineError InputError "
    "ListChangedError LockedError MismatchError MissingExtraError NotFoundError ServerError "
    "StorageError WorkError",
    "engine.evaluation.scores": "Bcubed CalibrationScores CurvePoint Evaluation GranularityScore "
    "GranularityScores HitScores LanguageScores MatchScores MembershipScores OperatingPoint "
    "PeerScores Ranked Retrieval",
    "engine.facade": "Base",
    "engine.generations.manifest": "Manifest",
    "engine.generations.upkeep": "GenerationEntry",
    "engine.index.auditing": "Audit",
    "engine.jobs.base.reader": "Reader",
    "engine.jobs.base.remotes": "Taken",
    "engine.jobs.clustering.calibrate": "CalibrationReport",
    "engine.jobs.clustering.cluster": "ClusterReport",
    "engine.jobs.clustering.correct": "Corrected InForce",
    "engine.jobs.clustering.forget": "Certificate Selection",
    "engine.jobs.lookup.alerts": "BreakingStory",
    "engine.jobs.lookup.answers": "PairLabel",
    "engine.jobs.lookup.history": "RunDifference StoryHistory",
    "engine.jobs.lookup.listing": "StoryFilter",
    "engine.jobs.lookup.outlines": "StoryOutline",
    "engine.jobs.lookup.watches": "Watch",
    "engine.jobs.nights.nightly": "Changed NightlyReport",
    "engine.jobs.nights.replay": "ReplayReport ReplayedNight",
    "engine.jobs.querying.explain": "PairWhy Why",
    "engine.jobs.querying.hits": "Hit",
    "engine.jobs.querying.match": "StoryMatch",
    "engine.jobs.querying.query": "Query",
    "engine.jobs.querying.showing": "ShownArticle",
    "engine.jobs.rebuilding.rebuild": "RebuildReport",
    "engine.jobs.storing.clean": "CleanedArticle",
    "engine.jobs.storing.ingest": "IngestReport",
    "engine.jobs.storing.intake": "Intake Source",
    "engine.jobs.telling.iterate": "Neighbour VectorBlock",
    "engine.jobs.telling.matters": "Matter MatterChange MatterTimeline Stage StagePlace StageWhy",
    "engine.jobs.telling.other_stages": "OtherEvents",
    "engine.jobs.telling.status": "GenerationStatus LiveStatus Status",
    "engine.jobs.telling.summarise": "Quoted Summary",
    "engine.jobs.telling.tables": "What",
    "engine.opening": "open",
    "engine.origins.voices": "FromAgency Independence",
    "engine.protocols": "Clock Encoder Progress",
    "engine.reading.cleaning.cleaner": "Cleaned Cut",
    "engine.reading.sources.rows": "ArrowStream",
    "engine.recorded": "Alert AlertKind CorrectionKind Event EventKind RunKind RunState",
    "engine.remote.sending": "Sent",
    "engine.reports.briefing": "Briefing Sections",
    "engine.reports.news": "News StoryChange ToldArticle",
    "engine.reports.story_brief": "FirstIn Lineage StoryBrief StoryNews",
    "engine.reports.telling": "WatchesTold",
    "engine.reports.watch_news": "WatchEntry WatchNews",
    "engine.same_event.calibration": "Reliability",
    "engine.same_event.evidence": "Evidence",
    "engine.same_event.explanation": "Explanation",
    "engine.same_event.features": "Features",
    "engine.same_event.mixture": "Mixture",
    "engine.same_event.pair_model": "PairModel",
    "engine.same_event.window": "Window",
    "engine.store": "ArticleFilter Run RunFacts",
    "engine.stories.partition": "Clusterer Judged",
}
"""Modules, and the names that stand for their own here."""

_HOME_OF = {name: module for module, names in _HOMES.items() for name in names.split()}


if not TYPE_CHECKING:  # else every name would pass for one of the engine's

    def __getattr__(name):  # noqa: ANN001, ANN202
        """Import what has its name here from where it is defined."""
        if name not in _HOME_OF:
            raise AttributeError(f"module 'engine' has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_HOME_OF[name]), name)
        return found


def __dir__() -> list[str]:
    """Return the names here, imported yet or not."""
    return sorted({*globals(), *__all__})
