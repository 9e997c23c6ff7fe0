"""What the ledger holds, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from engine.domain import Value
from engine.recorded import Alert, AlertKind, CorrectionKind, Event, RunKind, RunState

NO_RUN = 0
"""Parent of a run that began with no stories."""


@dataclass(frozen=True, slots=True)
class Move:
    """An article, by key, that went from one story to another; empty: none."""

    article: int
    origin: str
    target: str


@dataclass(frozen=True, slots=True)
class StageMove:
    """A story that came to the matter `target`, from `origin`; empty: from none."""

    story: str
    origin: str
    target: str


@dataclass(frozen=True, slots=True)
class Correction:
    """What a person said of articles, by key.

    Attributes
    ----------
    kind
        ``together``: `articles` are one story; ``apart``: `articles` and `others` are
        two; ``pinned``: `articles` stay in `story`; ``undone``: what run `undoes` said
        holds no more.
    """

    kind: CorrectionKind
    articles: tuple[int, ...]
    others: tuple[int, ...] = ()
    story: str = ""
    undoes: int = NO_RUN


@dataclass(frozen=True, slots=True)
class RunFacts(Value):
    """Counts and checks of a run; None where it has no such thing.

    Attributes
    ----------
    n_articles, n_window, n_recent, n_new
        Articles of the base, of those that were clustered, of these in the window or
        late, and of these new or edited.
    n_placed, n_moved, n_absorbed, n_alone
        Recent articles that were in a story before; that changed story or left it; that
        went along as their whole story was merged; that are in none now.
    n_continued, n_ids_kept
        Stories of recent articles before the run, and those whose id is still in use.
    events
        How often each kind of event happened.
    fingerprint, migrated_from
        Of the encoder, and of the one before where it is another.
    n_regrouped
        Articles that are grouped otherwise than the clusterer says, since a person said
        so or their story has settled.
    granularity
        Log-odds that were added to all pairs.
    mixture
        Parameters of the window's mixture, as `Mixture.values` gives them.
    churn, fragmentation, merged, chained, torn, shared, astray, singletons
        As in `engine.jobs.nights.selfcheck.SelfCheck`.
    window_hours
        Length of the window.
    reasons
        Why its stories were held back.
    alerts
        Of stories that are breaking; None: it was not asked.
    """

    n_articles: int | None = None
    n_window: int | None = None
    n_recent: int | None = None
    n_new: int | None = None
    n_placed: int | None = None
    n_moved: int | None = None
    n_absorbed: int | None = None
    n_alone: int | None = None
    n_continued: int | None = None
    n_ids_kept: int | None = None
    events: Mapping[str, int] | None = None
    fingerprint: str | None = None
    migrated_from: str | None = None
    n_regrouped: int | None = None
    granularity: float | None = None
    mixture: Mapping[str, Any] | None = None
    churn: float | None = None
    fragmentation: float | None = None
    merged: float | None = None
    chained: float | None = None
    torn: float | None = None
    shared: float | None = None
    astray: float | None = None
    singletons: float | None = None
    window_hours: float | None = None
    reasons: Sequence[str] | None = None
    alerts: tuple[Alert, ...] | None = None

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RunFacts:
        """Return the facts that `to_dict` gave; what this engine does not know is left out."""
        known = {field.name for field in fields(cls)}
        found = {name: value for name, value in values.items() if name in known}
        if found.get("alerts") is not None:
            found["alerts"] = tuple(_alert(said) for said in found["alerts"])
        return cls(**found)

    def to_dict(self) -> dict[str, Any]:
        """Return the facts that there are, by name, as JSON values."""
        values = super(RunFacts, self).to_dict()
        return {name: value for name, value in values.items() if value is not None}

    def lasting(self) -> RunFacts:
        """Return what the next clustering, or a query, asks for."""
        return RunFacts(
            fingerprint=self.fingerprint,
            granularity=self.granularity,
            mixture=self.mixture,
            singletons=self.singletons,
            window_hours=self.window_hours,
        )


def _alert(values: Mapping[str, Any]) -> Alert:
    """Return the alert that `Alert.to_dict` gave."""
    times = {name: datetime.fromisoformat(values[name]) for name in ("began", "at")}
    kind, languages = AlertKind(values["kind"]), tuple(values["languages"])
    return Alert(**{**values, **times, "kind": kind, "languages": languages})


@dataclass(frozen=True, slots=True)
class Run(Value):
    """One run of the ledger.

    Attributes
    ----------
    run, parent
        Its number, and the run it went on from; 0: none.
    kind
        What it was.
    at
        Aware UTC time.
    state
        How far it came.
    generation
        In which it was published, or empty.
    last_article, last_revision
        Largest key and revision it has seen.
    facts
        Counts and checks.
    """

    run: int
    parent: int
    kind: RunKind
    at: datetime
    state: RunState
    generation: str
    last_article: int
    last_revision: int
    facts: RunFacts


@dataclass(frozen=True, slots=True)
class RunContent:
    """What is written of a run when it begins."""

    parent: int
    kind: RunKind
    at: datetime
    last_article: int = 0
    last_revision: int = 0
    facts: RunFacts = RunFacts()
    events: Sequence[Event] = ()
    moves: Sequence[Move] = ()
    stages: Sequence[StageMove] = ()
    correction: Correction | None = None

    def going_on_from(self, before: Run | None) -> RunContent:
        """Return this, of a run that clusters nothing: what was new before is new after it."""
        if before is None:
            return self
        return replace(
            self,
            last_article=before.last_article,
            last_revision=before.last_revision,
            facts=before.facts.lasting(),
        )


@dataclass(frozen=True, slots=True)
class StoryRecord:
    """A story as of the head: ``open``, ``ended`` or ``merged`` into `redirect`."""

    id: str
    born: int
    state: str
    redirect: str
