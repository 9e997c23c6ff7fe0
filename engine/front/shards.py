"""The shards behind a front, asked all at once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from engine.client import AsyncClient, calls
from engine.client.calls import Call
from engine.errors import EngineError, InputError, ListChangedError, MismatchError, NotFoundError
from engine.front.settings import FrontSettings
from engine.serve.health import Health
from engine.serve.values import Found, Matched, MissingShard, Shards

T = TypeVar("T")
Compared = TypeVar("Compared", Found, Matched, Health)

MOST_OF_A_REASON = 200
"""Characters of why a shard is missing: a sentence, whatever its server said."""


class IncompleteError(Exception):
    """Ends a request that cannot be answered without the shards that are missing.

    Parameters
    ----------
    shards
        Which are missing.
    """

    def __init__(self, shards: Shards) -> None:
        super().__init__(shards)
        self.shards = shards


@dataclass(frozen=True, slots=True)
class Answers(Generic[T]):
    """What the shards answered.

    Attributes
    ----------
    given
        By address, in the order of the shards.
    shards
        Which answered, those that have nothing of what was asked for among them.
    refusals
        By address, what those said that have nothing of it.
    """

    given: Mapping[str, T]
    shards: Shards
    refusals: Mapping[str, NotFoundError]

    def expect(self, *, complete: bool) -> Mapping[str, T]:
        """Return what was given.

        Raises
        ------
        IncompleteError
            Nothing was given and a missing shard may have it, or, if they all have to be
            `complete`, any is missing.
        NotFoundError
            All answered that they have nothing of it.
        """
        if self.shards.missing and (complete or not self.given):
            raise IncompleteError(self.shards)
        for refusal in () if self.given else self.refusals.values():
            raise refusal
        return self.given


class AllShards:
    """Asks the server of each shard, with a deadline, and knows how each answered last.

    Parameters
    ----------
    clients
        Of each shard, by address, in their order.
    deadline
        Seconds that each has.

    Attributes
    ----------
    fingerprint
        Of the encoder of all shards; empty until one says so.
    problems
        By address, why a shard did not answer last; empty: it did.
    """

    def __init__(self, clients: Mapping[str, AsyncClient], deadline: float) -> None:
        self._clients = clients
        self._deadline = deadline
        self.fingerprint = ""
        self.problems = dict.fromkeys(clients, "it was not asked yet")

    @classmethod
    def of(cls, settings: FrontSettings) -> AllShards:
        """Return the shards that a front is told of, of which none is asked yet."""
        clients = {url: AsyncClient(url, token=settings.shard_token) for url in settings.shards}
        return cls(clients, settings.deadline)

    @property
    def urls(self) -> tuple[str, ...]:
        """Their addresses, in their order."""
        return tuple(self._clients)

    async def ask(
        self, asked: Mapping[str, Call[T]], *, missing: Sequence[MissingShard] = ()
    ) -> Answers[T]:
        """Return what shards answer who are asked at once.

        Parameters
        ----------
        asked
            What, by address.
        missing
            Shards of which it is known that they have no part in this.

        Raises
        ------
        InputError, ListChangedError
            All that answer refuse what is asked for; one has another list than before.
        """
        # mypy takes the whole union for T.
        waiting = [self._outcome(url, call) for url, call in asked.items()]  # type: ignore[arg-type]
        outcomes = await asyncio.gather(*waiting)
        return self._sorted(dict(zip(asked, outcomes, strict=True)), missing)

    def _sorted(
        self, outcomes: Mapping[str, T | EngineError], missing: Sequence[MissingShard]
    ) -> Answers[T]:
        given = {url: one for url, one in outcomes.items() if not isinstance(one, EngineError)}
        errors = {url: one for url, one in outcomes.items() if isinstance(one, EngineError)}
        refusals = {url: one for url, one in errors.items() if isinstance(one, NotFoundError)}
        for error in errors.values():
            if isinstance(error, ListChangedError):
                raise error
            if isinstance(error, InputError) and not given and not refusals:
                raise error
        lost = [
            MissingShard(url, str(error)[:MOST_OF_A_REASON])
            for url, error in errors.items()
            if url not in refusals
        ]
        return Answers(given, self._told([*missing, *lost]), refusals)

    async def ask_all(self, call: Call[T]) -> Answers[T]:
        """Ask all of them the same; see `ask`."""
        return await self.ask(dict.fromkeys(self._clients, call))

    async def compare(
        self, asked: Mapping[str, Call[Compared]], *, missing: Sequence[MissingShard] = ()
    ) -> Answers[Compared]:
        """Ask as `ask` does; what is of another encoder than the others is missing, too."""
        answers = await self.ask(asked, missing=missing)
        same: dict[str, Compared] = {}
        lost = list(answers.shards.missing)
        for url, one in answers.given.items():
            if why := self._not_comparable(one.fingerprint):
                self.problems[url] = why
                lost.append(MissingShard(url, why))
            else:
                same[url] = one
        return Answers(same, self._told(lost), answers.refusals)

    async def health(self) -> Answers[Health]:
        """Ask all of them how they are; one that has nothing published is missing."""
        return await self.compare(dict.fromkeys(self._clients, calls.health()))

    async def expect_one_encoder(self) -> list[str]:
        """Ask all of them which encoder they have.

        Returns
        -------
        list of str
            Addresses of those whose centring is another than that of the first which answers.

        Raises
        ------
        MismatchError
            One has another encoder than those before it.
        """
        answers = await self.ask_all(calls.health())
        for url, health in answers.given.items():
            if health.fingerprint and (why := self._not_comparable(health.fingerprint)):
                raise MismatchError(f"{url}: {why}")
        centrings = {url: one.centring for url, one in answers.given.items() if one.centring}
        first = next(iter(centrings.values()), None)
        return [url for url, centring in centrings.items() if centring != first]

    async def close(self) -> None:
        """Close the connections; safe to call twice."""
        for client in self._clients.values():
            await client.close()

    async def _outcome(self, url: str, call: Call[T]) -> T | EngineError:
        try:
            async with asyncio.timeout(self._deadline):
                answer = await self._clients[url].ask(call)
        except TimeoutError:
            self.problems[url] = f"it did not answer within {self._deadline:g} s"
            return EngineError(self.problems[url])
        except EngineError as error:
            known = isinstance(error, (InputError, ListChangedError, NotFoundError))
            self.problems[url] = "" if known else str(error)
            return error
        self.problems[url] = ""
        return answer

    def _told(self, missing: Sequence[MissingShard]) -> Shards:
        place = self.urls.index
        in_order = sorted(missing, key=lambda one: place(one.url))
        return Shards(len(self._clients), len(self._clients) - len(missing), tuple(in_order))

    def _not_comparable(self, fingerprint: str | None) -> str:
        """Return why the cosines of a shard do not compare; empty: they do."""
        if fingerprint is None:
            return "nothing is published yet"
        self.fingerprint = self.fingerprint or fingerprint
        if fingerprint == self.fingerprint:
            return ""
        return (
            f"its encoder is {fingerprint}, that of the others {self.fingerprint}: their cosines "
            "do not compare; rebuild with one, then start the front again"
        )
