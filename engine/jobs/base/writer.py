"""A base open for writing: a `Writer` holds the lock.

The replacement of ``CURRENT`` is the moment at which a run counts. The ledger records a run
before and completes it afterwards, and a writer first recovers what a killed one left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from engine.disk.layout import Layout
from engine.disk.lock import WriteLock, writing
from engine.domain import Story
from engine.errors import DamagedError, MismatchError, NotFoundError
from engine.generations.generation import Generation, open_live
from engine.generations.publishing import publish_stories
from engine.generations.upkeep import discard, list_generations
from engine.jobs.base.reader import Reader, lost_run
from engine.jobs.base.setup import SHIPPED, Setup
from engine.store import Corpus, RunContent


class Writer:
    """A base open for writing; `Writer.open` takes the lock and gives one.

    Attributes
    ----------
    lock
        Held as long as the writer is open.
    layout
        Where the base lies.
    corpus
        Its articles, with the ledger at the run that is live.
    setup
        What varies.
    """

    def __init__(self, lock: WriteLock, corpus: Corpus, setup: Setup) -> None:
        self.lock = lock
        self.layout = lock.layout
        self.corpus = corpus
        self.setup = setup
        self._live: Generation | None = None
        self._recovered = False

    @classmethod
    @contextmanager
    def open(
        cls,
        layout: Layout,
        *,
        command: str,
        setup: Setup = SHIPPED,
        create: bool = False,
    ) -> Iterator[Writer]:
        """Take the lock and open the articles.

        Parameters
        ----------
        layout
            The base.
        command
            What is being done, for the message that others get.
        setup
            What varies.
        create
            Make the base when it is not there.

        Raises
        ------
        LockedError
            Another run is writing.
        NotFoundError
            Nothing was ingested yet, and `create` is false.
        """
        if not create and not layout.corpus.exists():
            Corpus(layout.corpus)  # says so, and leaves no empty folder behind
        with (
            writing(layout, command=command, patience=setup.patience, create=create) as lock,
            Corpus(layout.corpus, create=create) as corpus,
        ):
            yield cls(lock, corpus, setup)

    @property
    def live(self) -> Generation | None:
        """The live generation, or None where there is none that can be read.

        What a killed run left is finished or dropped before it is first given, so that
        it and the ledger agree.
        """
        if not self._recovered:
            self.recover()
        return self._live

    @live.setter
    def live(self, generation: Generation | None) -> None:
        self._live, self._recovered = generation, True

    def recover(self) -> None:
        """Bring the ledger to the run that is live, and drop what never went live."""
        live = readable_live(self.layout)
        if live is not None and live.manifest.run and not self._knows(live.manifest.run):
            live = None  # the end of the corpus is lost: its run is made again
        self.live = live
        with self.corpus.transaction():
            if self.live is None:
                # The stories of a lost generation are made again from the ledger as it is.
                dropped = self.corpus.ledger.recover(self.corpus.ledger.head(), "")
            else:
                dropped = self.corpus.ledger.recover(self.live.manifest.run, self.live.name)
        if dropped:
            # Their generations may be complete but never went live, and their runs are gone.
            discard(
                self.lock,
                [
                    entry.name
                    for entry in list_generations(self.layout)
                    if entry.manifest is not None and entry.manifest.run in dropped
                ],
            )

    def _knows(self, run: int) -> bool:
        return bool(self.corpus.history.chain(run))

    @property
    def published(self) -> Generation:
        """The live generation.

        Raises
        ------
        NotFoundError, DamagedError, MismatchError
            There is none that can be read.
        """
        if self.live is None:
            live = open_live(self.layout)
            raise DamagedError(lost_run(self.layout, live))
        return self.live

    @property
    def reader(self) -> Reader:
        """The same base for reading; it is closed with the writer."""
        return Reader(self.layout, self.corpus, self.setup, generation=self.live)

    def commit(self, content: RunContent, publish: Callable[[int], Generation]) -> int:
        """Record a run, publish it by `publish`, and make it the ledger's head.

        Parameters
        ----------
        content
            What the run did.
        publish
            Given the run's number, makes its generation live and returns it.

        Returns
        -------
        int
            The number of the run.
        """
        with self.corpus.transaction():
            run = self.corpus.ledger.begin(content)
        self.live = publish(run)
        with self.corpus.transaction():
            self.corpus.ledger.finish(run, self.live.name)
        return run

    def commit_stories(self, content: RunContent, stories: Sequence[Story]) -> int:
        """Record a run and publish the live generation again with its stories."""
        live, now = self.published, self.setup.clock()
        return self.commit(
            content, lambda run: publish_stories(self.lock, live, stories, now=now, run=run)
        )


def readable_live(layout: Layout) -> Generation | None:
    """Return the live generation, or None where there is none that can be read."""
    try:
        return open_live(layout)
    except (NotFoundError, DamagedError, MismatchError):
        return None
