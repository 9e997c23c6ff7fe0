"""The live generation, held for requests and changed under none of them."""

from __future__ import annotations

import gc
import logging
import threading
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial

from engine.disk.layout import Layout
from engine.errors import EngineError, NotFoundError
from engine.generations.generation import Generation
from engine.jobs.base.reader import Reader
from engine.jobs.base.setup import Setup
from engine.protocols import Closing

log = logging.getLogger(__name__)

REST = 2.0
"""How long following rests after each part, in times of what that took: while it works, searches
wait for the interpreter, and those that came meanwhile are answered before it goes on."""

PATIENCE = 0.25
"""Seconds, at most, for which it then waits until nobody searches."""

GLANCE = 0.002
"""Seconds between two looks at whether somebody does."""

THOROUGH = 10
"""Publications after which garbage is looked for everywhere: what a request held in a circle when
the rest was set aside is given back only then."""


class LiveReader(Closing):
    """Gives requests the reader of the live generation.

    A request keeps the reader that it began with, so its answer is of one generation. What
    is published is opened and warmed beside the one that answers, and then takes its place;
    the old one goes when the last request that holds it is done.

    Parameters
    ----------
    layout
        Of the base.
    setup
        What varies.
    starting
        Make what answers need of the first generation, which answers at once, a part every
        `every`: a page that is asked for as the server starts need not share the processor with
        what it does not need.
    renewing
        Make what answers need of each later generation before requests are given it, a part
        each; the thread rests in between, and whoever waits for a publication does not.
    every
        How often `watch` looks for what was published.

    Attributes
    ----------
    problem
        Why what is published cannot be read; empty: it can. The one before stays.
    n_switches
        How often a new generation took the place of another.
    n_searching
        Requests that search, or wait for their turn to.
    """

    def __init__(
        self,
        layout: Layout,
        setup: Setup,
        *,
        starting: Sequence[Callable[[Reader], None]],
        renewing: Sequence[Callable[[Reader], None]],
        every: timedelta,
    ) -> None:
        self.layout = layout
        self.problem = ""
        self.n_switches = 0
        self.n_searching = 0
        self._setup = setup
        self._starting = starting
        self._renewing = renewing
        self._every = every.total_seconds()
        self._reader: Reader | None = None
        self._following = threading.Lock()
        self._ended = threading.Event()
        self._watcher: threading.Thread | None = None

    @property
    def reader(self) -> Reader:
        """The reader for a request that begins now.

        Raises
        ------
        NotFoundError
            Nothing was published yet, or it cannot be read.
        """
        held = self._reader
        if held is None:
            raise NotFoundError("nothing is published yet; run 'engine nightly' first")
        return held

    @property
    def generation(self) -> Generation | None:
        """The generation that answers; None where none does yet."""
        held = self._reader
        return None if held is None else held.generation

    def follow(self, *, rest: float = 0.0) -> None:
        """Take what is live now, once it can answer as fast as the one before.

        Parameters
        ----------
        rest
            How long to rest after each part, in times of what that took.

        Raises
        ------
        EngineError
            It cannot be read; the one before stays.
        """
        with self._following:
            held = self._reader
            if held is None:
                self._reader = self._opened()
                return
            now = held.follow()
            if now is not held:
                for warm in self._renewing:
                    if rest:
                        self._wait_for_quiet()
                    since = time.perf_counter()
                    warm(now)
                    self._ended.wait(rest * (time.perf_counter() - since))
                self._reader = now
                self.n_switches += 1
                _settle(everywhere=self.n_switches % THOROUGH == 0)
                log.info("generation %s is live", now.generation.name)

    def _wait_for_quiet(self) -> None:
        """Return when nobody searches, or after `PATIENCE`.

        A search beside a part takes twice as long, and whoever waits for it waits, too.
        """
        until = time.monotonic() + PATIENCE
        while self.n_searching and time.monotonic() < until and not self._ended.wait(GLANCE):
            pass

    def _opened(self) -> Reader:
        reader = Reader.open(self.layout, self._setup)
        try:
            reader.generation  # noqa: B018 - opened, so that it is known to be readable
        except BaseException:
            reader.close()
            raise
        return reader

    def watch(self) -> None:
        """Follow from now on, in a thread of its own, until this is closed."""
        self._watcher = threading.Thread(target=self._watch, name="follow", daemon=True)
        self._watcher.start()

    def _watch(self) -> None:
        waiting = list(self._starting)
        self._try_to(self.follow)
        while True:
            if waiting and self._reader is not None:
                self._try_to(partial(waiting.pop(0), self._reader))
                if not waiting:
                    _settle()
            if self._ended.wait(self._every):
                return
            self._try_to(partial(self.follow, rest=REST))

    def _try_to(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (EngineError, OSError) as error:
            if str(error) != self.problem:
                log.warning("%s", error)
            self.problem = str(error)
        else:
            self.problem = ""

    def close(self) -> None:
        """Stop watching and close the base; safe to call twice."""
        self._ended.set()
        if self._watcher is not None:
            self._watcher.join()
            self._watcher = None
        if self._reader is not None:
            self._reader.close()


def _settle(*, everywhere: bool = False) -> None:
    """Look for garbage, `everywhere` or not, and from then on not among what is there now.

    To go through the stories of 100,000 articles stops all requests for some 150 ms, which would
    come again and again, also with every publication if they were looked through then. An earlier
    generation goes without: nothing in it leads back to its reader.
    """
    if everywhere:
        gc.unfreeze()
    gc.collect()
    gc.freeze()
