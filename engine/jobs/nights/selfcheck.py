"""Does this clustering look as it should? Signs that need no labels, and their limits."""

from __future__ import annotations

from dataclasses import asdict, dataclass

import numpy as np

from engine.domain import Value
from engine.jobs.base.setup import OWN_ENCODER, Setup, partition
from engine.jobs.clustering.reconcile import Grouped, Reconciled
from engine.jobs.nights.vector_check import LEAST_JUDGED, Again, Shared, encoded_again, shared_words
from engine.jobs.rebuilding.rebuild import Prepared
from engine.recorded import EventKind
from engine.same_event.features import Floats
from engine.same_event.pairs import Pairs
from engine.store import RunFacts
from engine.stories.joins import mean_within

MOST_CHURN = 0.15
MOST_FRAGMENTATION = 0.15
MOST_SINGLETON_CHANGE = 0.25
"""Limits, each about five times as far from ideal as the worst night of the development
sets; see docs/decisions/0011-nightly.md."""

MOST_CHAINED = 0.1
"""As much as one of the ten largest stories holds on average. On no night of the development
sets is any of them a chain."""

MOST_MERGED = 0.5
"""Beyond, most of what was in a story goes by another name. A stream that begins merges
much, and rightly: 25 % of the articles on the second night of uci_titles_2014, on which B-cubed
F1 rises by .26."""

MOST_TORN = 0.25
"""Of the pairs that are likelier than not one event, those that may be left apart: five times as
many as on the worst labelled set. Labels that have nothing to do with the pairs tear 98 %."""

MOST_BY_CHANCE = 0.01
"""How probable it may be that vectors which have nothing to do with their texts look as they do. On
labelled sets, in any part of them that tells enough, it is 1e-9 at most."""

MOST_ASTRAY = 1
"""Texts encoded again that may have another vector than they had: one may be damaged alone."""

MERGED = "articles would go to another story with all of their own"
CHAINED = "articles in the largest stories are in chains, whose own pairs speak against them"
TORN = "pairs that are likelier than not one event are in no story together"
LOOK = (
    "look at the hits of 'engine similar' for some of the articles; 'engine rebuild --encoder' "
    "embeds all of them with another encoder"
)


@dataclass(frozen=True, slots=True)
class SelfCheck(Value):
    """How steady the clustering is; every value is a share in [0, 1].

    Attributes
    ----------
    churn
        Of the articles that were in a story before, those that are in another one now.
    fragmentation
        Of the stories that went on, those from which another one split off.
    merged
        Of the articles that were in a story before, those whose whole story is in another now.
    chained
        Of the articles of the largest stories, those in stories that are chains.
    torn
        Of the pairs that are likelier than not one event, those that no story holds.
    shared
        Of the new articles that tell anything, those that share more words with the nearest
        earlier article than with the nearest of another one; chance alone gives a half.
    astray
        Of the articles that were encoded again, those whose vector is not that of their text.
    singletons
        Of the articles, those that are in no story.
    reasons
        Why the stories should not be published; empty: nothing speaks against it.
    """

    churn: float
    fragmentation: float
    merged: float
    chained: float
    torn: float
    shared: float
    astray: float
    singletons: float
    reasons: tuple[str, ...]

    def added_to(self, facts: RunFacts) -> RunFacts:
        """Return `facts` with the shares."""
        return RunFacts.from_dict(facts.to_dict() | self.shares())

    def shares(self) -> dict[str, float]:
        """Return the shares by name, to four digits."""
        return {name: round(value, 4) for name, value in asdict(self).items() if name != "reasons"}


@dataclass(frozen=True, slots=True)
class Signs:
    """What tells a clustering that went wrong, beside the counts of its run.

    Attributes
    ----------
    chains, tears
        As `chained_share` and `torn_share` return them.
    shared, again
        As `shared_words` and `encoded_again` return them.
    """

    chains: tuple[float, int]
    tears: tuple[float, int]
    shared: Shared
    again: Again


def signs_of(
    grouped: Grouped, prepared: Prepared, setup: Setup, *, check_vectors: bool = True
) -> Signs:
    """Look at a clustering and at the vectors it was made by.

    What a clusterer of the caller's own leaves apart may be meant to be, and an encoder of the
    caller's own is not asked again: it may have no text to encode but what is new.
    """
    tears = torn_share(grouped) if setup.clusterer is partition else (0.0, 0)
    shared, again = Shared(), Again()
    if check_vectors:
        shared = shared_words(grouped.scope, grouped.judged.stands_for)
    if check_vectors and prepared.encoder != OWN_ENCODER:
        again = encoded_again(grouped.scope, shared, prepared, setup)
    return Signs(chained_share(grouped), tears, shared, again)


def self_check(found: Reconciled, signs: Signs, *, before: RunFacts | None) -> SelfCheck:
    """Judge a clustering before it is published.

    Parameters
    ----------
    found, signs
        What is to be published, and what `signs_of` says of it.
    before
        Facts of the run before; None where there is none.
    """
    return judged_facts(found.run.facts, signs, before)


def judged_facts(facts: RunFacts, signs: Signs, before: RunFacts | None) -> SelfCheck:
    """Hold the counts of a run, and the signs, against the limits; see `self_check`."""
    (chained, n_inside), (torn, n_likely) = signs.chains, signs.tears
    before = before or RunFacts()
    placed, continued, recent = facts.n_placed or 0, facts.n_continued or 0, facts.n_recent or 0
    churn = _share(facts.n_moved or 0, placed)
    fragmentation = _share((facts.events or {}).get(EventKind.SPLIT, 0), continued)
    merged = _share(facts.n_absorbed or 0, placed)
    singletons = _share(facts.n_alone or 0, recent)
    reasons = _beyond(churn, MOST_CHURN, "articles would change story", placed)
    reasons += _beyond(fragmentation, MOST_FRAGMENTATION, "stories would split", continued)
    # Who has turned the dial wants other stories than before.
    if before.granularity in {None, facts.granularity}:
        reasons += _beyond(merged, MOST_MERGED, MERGED, placed)
    reasons += _beyond(chained, MOST_CHAINED, CHAINED, n_inside)
    reasons += _beyond(torn, MOST_TORN, TORN, n_likely)
    reasons += _strange(signs.shared, signs.again)
    if recent >= LEAST_JUDGED and before.singletons is not None:
        reasons += _changed(singletons, before.singletons)
    shared, astray = signs.shared.share, signs.again.share
    return SelfCheck(
        churn, fragmentation, merged, chained, torn, shared, astray, singletons, tuple(reasons)
    )


def _beyond(share: float, most: float, what: str, n_judged: int) -> list[str]:
    """Return the reason that `share` gives, where it is of enough and beyond its limit."""
    if n_judged < LEAST_JUDGED or share <= most:
        return []
    return [f"{share:.0%} of the {what}, expected at most {most:.0%}"]


def _strange(shared: Shared, again: Again) -> list[str]:
    """Return the reasons that vectors give that are not those of their texts."""
    reasons = []
    if shared.n_told >= LEAST_JUDGED and shared.chance > MOST_BY_CHANCE:
        reasons.append(
            f"the vectors of the new articles do not say what their texts do: {shared.share:.0%} "
            f"of {shared.n_told} share more words with the nearest earlier article than with the "
            f"nearest of another one, expected far more than the half that chance gives; {LOOK}"
        )
    if again.n_astray > MOST_ASTRAY:
        reasons.append(
            f"{again.n_astray} of {again.n_encoded} articles that were encoded again have another "
            f"vector than they are kept with, expected at most {MOST_ASTRAY}: the encoder or what "
            f"is kept has changed; {LOOK}"
        )
    return reasons


def _changed(singletons: float, before: float) -> list[str]:
    """Return the reason that a change of the share of articles without a story gives."""
    if abs(singletons - before) <= MOST_SINGLETON_CHANGE:
        return []
    found = f"{singletons:.0%} of the articles would be in no story after {before:.0%}"
    return [f"{found} the night before, expected a change of at most {MOST_SINGLETON_CHANGE:.0%}"]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


N_LARGEST = 10
"""Stories that are looked into: what chains grows, so it is among the largest."""


def chained_share(grouped: Grouped) -> tuple[float, int]:
    """Return how much of the largest stories are chains.

    A story is a chain when its pairs, weighed with the window's own mixture, speak against it
    on average by more than the clusterer lets pass.

    Returns
    -------
    share, n_judged
        Articles in chains as a share, in [0, 1], of those in the `N_LARGEST` stories (0 where
        there are none), and how many articles these are, copies left out.
    """
    labels, judged = grouped.clustering.labels, grouped.judged
    # A copy is in no pair; the text that stands for it is.
    inside = np.flatnonzero((labels >= 0) & (judged.stands_for == np.arange(len(labels))))
    sizes = np.bincount(labels[inside])
    largest = np.argsort(-sizes, kind="stable")[:N_LARGEST]
    largest = largest[sizes[largest] > 1]
    if not len(largest):
        return 0.0, 0

    def measure(pairs: Pairs) -> Floats:
        return judged.measure(inside[pairs])

    means = mean_within(labels[inside], largest, measure)
    chains = means < -judged.model.lenience - grouped.granularity
    n_judged = int(sizes[largest].sum())
    return float(sizes[largest[chains]].sum() / n_judged), n_judged


def torn_share(grouped: Grouped) -> tuple[float, int]:
    """Return how many of the pairs that are likelier than not one event no story holds.

    Returns
    -------
    share, n_likely
        In [0, 1] (0 where there are no such pairs), and the number of these pairs.
    """
    judged = grouped.judged
    likely = judged.pairs[judged.evidence.total + grouped.granularity > 0]
    if not len(likely):
        return 0.0, 0
    left, right = grouped.clustering.labels[likely.T]
    return float(np.mean((left != right) | (left < 0))), len(likely)
