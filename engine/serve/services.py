"""What every request of one server shares."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING

from engine.disk.layout import base_layout
from engine.encoding.int8.running import n_processors
from engine.errors import NotFoundError
from engine.jobs.base.reader import Reader
from engine.serve.live import LiveReader
from engine.serve.problems import RETRY_SECONDS, ProblemError
from engine.serve.sessions import Sessions
from engine.serve.settings import Settings
from engine.serve.tokens import Token, TokenFile

if TYPE_CHECKING:
    from engine.facade import Base

GENERATION = "Engine-Generation"
"""Header that names the generation that an answer is of."""

SEARCHES_A_PROCESSOR = 2
"""Searches at once, for each processor: one is worked on while another waits for the encoder.
More share the same processors, so that each takes longer, and some far longer than others: of
20 users who ask without a pause, the 99th percentile is 1.3 times the median, and in the 40
threads of Starlette 3 times, at about the same median."""


@dataclass(frozen=True)
class Services:
    """What every request of one server shares.

    Attributes
    ----------
    settings
        As the server was started.
    live
        Holds the live generation.
    token_file
        The tokens of the base.
    sessions
        Who is signed in.
    turns
        Taken by requests that search, in the order in which they come.
    """

    settings: Settings
    live: LiveReader
    token_file: TokenFile
    sessions: Sessions
    turns: asyncio.Semaphore

    @classmethod
    def over(
        cls,
        settings: Settings,
        *,
        starting: Sequence[Callable[[Reader], None]],
        renewing: Sequence[Callable[[Reader], None]],
    ) -> Services:
        """Return the services of a server, of which nothing is opened yet.

        Parameters
        ----------
        settings
            As the server is started.
        starting, renewing
            Make what answers need of a generation; see `LiveReader`.
        """
        layout = base_layout(settings.folder)
        asking = replace(settings.setup, many_questions=True)
        return cls(
            settings,
            LiveReader(
                layout,
                asking,
                starting=starting,
                renewing=renewing,
                every=settings.follow_every,
            ),
            TokenFile(layout.tokens),
            Sessions(settings.setup.clock),
            asyncio.Semaphore(SEARCHES_A_PROCESSOR * n_processors()),
        )

    @property
    def reader(self) -> Reader:
        """The reader of a request that begins now.

        Raises
        ------
        ProblemError
            Nothing is published yet.
        """
        try:
            return self.live.reader
        except NotFoundError as error:
            later = {"Retry-After": str(RETRY_SECONDS)}
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, str(error), later) from error

    @cached_property
    def base(self) -> Base:
        """For what writes; what it published is followed by `live`."""
        from engine.facade import Base  # the first page writes nothing

        return Base(self.settings.folder, self.settings.setup)

    def close(self) -> None:
        """Close what was opened."""
        self.live.close()
        if "base" in vars(self):
            self.base.close()

    def tokens(self) -> tuple[Token, ...]:
        """Return all tokens that are known now."""
        return (*self.settings.tokens, *self.token_file.tokens())
