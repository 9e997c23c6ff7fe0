"""Does this clustering look as it should? Signs that need no labels, and their limits."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from functools import partial
from typing import Self

import numpy as np

from engine.domain import Article, Labels, Rows, Value
from engine.index.faiss_build import build_index
from engine.jobs.base.setup import Setup
from engine.jobs.clustering.reconcile import Grouped, Reconciled, Ungrouped
from engine.protocols import silent
from engine.recorded import EventKind
from engine.same_event.features import Floats
from engine.same_event.pair_model import PairModel
from engine.same_event.pairs import Pairs
from engine.same_event.readings import Readings
from engine.same_event.window import Window
from engine.store import RunFacts
from engine.stories.agreement import bcubed
from engine.stories.joins import mean_within
from engine.stories.partition import Clusterer, judge
from engine.workers.local import LocalExecutor

LEAST_JUDGED = 100
"""Articles from which a share says something; fewer are reported but not judged."""

LEAST_AGREEMENT = 0.7
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

MOST_HALVED = 3_000
"""Articles that are clustered again in halves, each of which has 2,000 then, the fewest that a
night clusters. On labelled sets the agreement over their shared third varies by 0.004 (standard
deviation, by how thirds are drawn) and is 0.2 and more above the limit; that of 1,000 varies by
0.018. See docs/decisions/0011-nightly.md."""

MERGED = "articles would go to another story with all of their own"
CHAINED = "articles in the largest stories are in chains, whose own pairs speak against them"


@dataclass(frozen=True, slots=True)
class SelfCheck(Value):
    """How steady the clustering is; every value is a share in [0, 1].

    Attributes
    ----------
    agreement
        B-cubed F1 between clusterings of two overlapping halves, over the overlap.
    churn
        Of the articles that were in a story before, those that are in another one now.
    fragmentation
        Of the stories that went on, those from which another one split off.
    merged
        Of the articles that were in a story before, those whose whole story is in another now.
    chained
        Of the articles of the largest stories, those in stories that are chains.
    singletons
        Of the articles, those that are in no story.
    reasons
        Why the stories should not be published; empty: nothing speaks against it.
    """

    agreement: float
    churn: float
    fragmentation: float
    merged: float
    chained: float
    singletons: float
    reasons: tuple[str, ...]

    def added_to(self, facts: RunFacts) -> RunFacts:
        """Return `facts` with the shares."""
        return RunFacts.from_dict(facts.to_dict() | self.shares())

    def shares(self) -> dict[str, float]:
        """Return the shares by name, to four digits."""
        return {name: round(value, 4) for name, value in asdict(self).items() if name != "reasons"}


def self_check(
    found: Reconciled, halves: tuple[float, int], *, before: RunFacts | None
) -> SelfCheck:
    """Judge a clustering before it is published.

    Parameters
    ----------
    found
        What is to be published.
    halves
        As `halves_agreement` returns them.
    before
        Facts of the run before; None where there is none.
    """
    return judged_facts(found.run.facts, halves, chained_share(found.grouped), before)


def judged_facts(
    facts: RunFacts,
    halves: tuple[float, int],
    chains: tuple[float, int],
    before: RunFacts | None,
) -> SelfCheck:
    """Hold the counts of a run against the limits.

    Parameters
    ----------
    facts
        Of the run that is to be published.
    halves, chains
        As `halves_agreement` and `chained_share` return them.
    before
        Facts of the run before; None where there is none.
    """
    (agreement, n_compared), (chained, n_inside) = halves, chains
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
    if n_compared >= LEAST_JUDGED and agreement < LEAST_AGREEMENT:
        reasons.append(
            f"two halves of the window agree by {agreement:.2f}, expected {LEAST_AGREEMENT} or more"
        )
    if recent >= LEAST_JUDGED and before.singletons is not None:
        reasons += _changed(singletons, before.singletons)
    return SelfCheck(agreement, churn, fragmentation, merged, chained, singletons, tuple(reasons))


def _beyond(share: float, most: float, what: str, n_judged: int) -> list[str]:
    """Return the reason that `share` gives, where it is of enough and beyond its limit."""
    if n_judged < LEAST_JUDGED or share <= most:
        return []
    return [f"{share:.0%} of the {what}, expected at most {most:.0%}"]


def _changed(singletons: float, before: float) -> list[str]:
    """Return the reason that a change of the share of articles without a story gives."""
    if abs(singletons - before) <= MOST_SINGLETON_CHANGE:
        return []
    found = f"{singletons:.0%} of the articles would be in no story after {before:.0%}"
    return [f"{found} the night before, expected a change of at most {MOST_SINGLETON_CHANGE:.0%}"]


class Halves:
    """The clusterings of two halves, which workers make beside the night's other work.

    They are done by the end of a `with` block, and their results can be asked for in it. What
    has no workers makes them when they are asked for.

    Parameters
    ----------
    setup
        With the clusterer, and the workers.
    """

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._pool: ThreadPoolExecutor | None = None
        if not isinstance(setup.executor, LocalExecutor) and _can_be_sent(setup.clusterer):
            self._pool = ThreadPoolExecutor(1)
        self._agreement: Callable[[], tuple[float, int]] | None = None

    def begin(self, window: Ungrouped, free: Callable[[], object]) -> None:
        """Begin with the halves of a window once `free` returns.

        The workers of two stages at once are twice as many, each of which takes a second to start.
        """

        def agreement() -> tuple[float, int]:
            free()
            return halves_agreement(window, self._setup)

        self._agreement = agreement if self._pool is None else self._pool.submit(agreement).result

    def agreement(self) -> tuple[float, int]:
        """Return what `halves_agreement` does, once that is there."""
        if self._agreement is None:
            raise RuntimeError("no halves were begun")
        return self._agreement()

    def __enter__(self) -> Self:
        """Return these."""
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until no worker is at them."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


def halves_agreement(
    window: Ungrouped, setup: Setup, *, most: int = MOST_HALVED
) -> tuple[float, int]:
    """Cluster two overlapping two-thirds of the window and compare them on the overlap.

    Of a window of more than `most` articles, that is of those that are new to it, and then of
    the latest: all others were checked before.

    Returns
    -------
    agreement, n_compared
        B-cubed F1 in [0, 1] (1 where nothing is compared), and articles in the overlap.
    """
    scope, read = window.scope, window.read
    thirds = np.array([_third(article.id) for article in scope.articles], np.int64)
    came = np.array([_came(article) for article in scope.articles])
    thirds[np.lexsort((came, scope.new))[:-most]] = NO_THIRD
    shared = np.flatnonzero(thirds == 1)
    if not len(shared):
        return 1.0, 0

    # What a worker could not be sent works here.
    executor = setup.executor if _can_be_sent(setup.clusterer) else LocalExecutor()
    halves = [Rows(np.flatnonzero(np.isin(thirds, half))) for half in ((0, 1), (1, 2))]
    # Without the words of all other articles.
    said = (Readings.of_parts([read.take(rows)]) for rows in halves)
    parts = (Half(scope.view.take(rows), read) for rows, read in zip(halves, said, strict=True))
    task = partial(HalfClustering, setup.clusterer, window.model, window.granularity)
    found = np.full((2, len(thirds)), -1, np.int64)
    for number, (_, labels) in enumerate(executor.map(task, parts, long=True)):
        found[number, halves[number]] = labels
    one, other = found[:, shared]
    return bcubed(one, other).f1, len(shared)


@dataclass(frozen=True, slots=True)
class Half:
    """Articles that are clustered alone, and what they say."""

    view: Window
    read: Readings

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"a half of {len(self.view)} articles"


@dataclass(frozen=True, slots=True)
class HalfClustering:
    """Clusters halves as `clusterer` does; a worker has one.

    Attributes
    ----------
    clusterer, model, granularity
        Those of the whole window.
    """

    clusterer: Clusterer
    model: PairModel | None
    granularity: float

    def __call__(self, part: Half) -> Labels:
        """Return the cluster of each article of a half."""
        judged = judge(part.view, build_index, model=self.model, read=part.read)
        found = self.clusterer(part.view, judged, granularity=self.granularity, progress=silent)
        return found.labels


def _can_be_sent(clusterer: Clusterer) -> bool:
    try:
        pickle.dumps(clusterer)
    except (pickle.PicklingError, AttributeError, TypeError):  # a function within a function
        return False
    return True


NO_THIRD = -1
"""Of an article that is in neither half."""


def _third(id_: str) -> int:
    """Return 0, 1 or 2: the same for an article every night."""
    digest = hashlib.blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little") % 3


def _came(article: Article) -> float:
    """Return when an article came up, in seconds since 1970: not after it was read."""
    return min(article.published or article.fetched, article.fetched).timestamp()


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
