"""Writers of a base: they take the lock, and leave ledger and generation in agreement.

The replacement of ``CURRENT`` is the moment at which a run counts. The ledger records a run
before and completes it afterwards, and every writer first settles what a killed one left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from engine.disk.layout import Layout
from engine.disk.lock import AT_ONCE, writing
from engine.errors import DamagedError, MismatchError, NotFoundError
from engine.generations.generation import Generation, open_live
from engine.generations.upkeep import discard, list_generations, rollback
from engine.store import Corpus, RunContent

LASTING_FACTS = ("fingerprint", "granularity", "mixture", "singletons", "window_hours")
"""Facts of a clustering that the next one, or a query, asks for."""


@contextmanager
def writer(layout: Layout, *, command: str, patience: timedelta = AT_ONCE) -> Iterator[Corpus]:
    """Hold the lock and give the corpus, with its ledger at the run that is live.

    Waits as long as `patience` for another run to end.

    Raises
    ------
    LockedError
        Another run is writing.
    NotFoundError
        Nothing was ingested yet.
    """
    with (
        writing(layout, command=command, patience=patience),
        Corpus(layout.corpus) as corpus,
    ):
        settle(layout, corpus)
        yield corpus


def live_generation(layout: Layout) -> Generation | None:
    """Return the live generation, or None where there is none that can be read."""
    try:
        return open_live(layout)
    except (NotFoundError, DamagedError, MismatchError):
        return None


def settle(layout: Layout, corpus: Corpus) -> None:
    """Finish or drop what a killed run left pending; the caller holds the lock."""
    live = live_generation(layout)
    with corpus.transaction():
        if live is None:
            # The stories of a lost generation are made again from the ledger as it is.
            dropped = corpus.ledger.settle(corpus.ledger.head(), "")
        else:
            dropped = corpus.ledger.settle(live.manifest.run, live.name)
    if dropped:
        # Their generations may be complete but never went live, and their runs are gone.
        discard(
            layout,
            [
                entry.name
                for entry in list_generations(layout)
                if entry.manifest is not None and entry.manifest.run in dropped
            ],
        )


def commit(
    corpus: Corpus, content: RunContent, publish: Callable[[int], Generation]
) -> tuple[int, Generation]:
    """Record a run, publish it by `publish`, and make it the ledger's head.

    Returns
    -------
    run, generation
        The number that `publish` was given, and what it returned.
    """
    with corpus.transaction():
        run = corpus.ledger.begin(content)
    generation = publish(run)
    with corpus.transaction():
        corpus.ledger.finish(run, generation.name)
    return run, generation


def lasting(corpus: Corpus, run: int) -> dict[str, Any]:
    """Return what a run that clusters nothing takes over: what was new stays new after it."""
    before = corpus.history.run(run)
    if before is None:
        return {"last_article": 0, "last_revision": 0, "facts": {}}
    return {
        "last_article": before.last_article,
        "last_revision": before.last_revision,
        "facts": {name: before.facts[name] for name in LASTING_FACTS if name in before.facts},
    }


def go_back(layout: Layout, name: str | None) -> Generation:
    """Make another generation live, and take the ledger to the run that made its stories.

    Raises as `engine.generations.upkeep.rollback` does.
    """
    if not layout.corpus.exists():
        return rollback(layout, name)
    with writer(layout, command="rollback") as corpus:
        generation = rollback(layout, name)
        settle(layout, corpus)
    return generation
