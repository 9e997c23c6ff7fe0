"""Lists of many shards in parts: each cursor holds where the list of every shard goes on."""

from __future__ import annotations

import base64
import hashlib
import heapq
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Query

from engine.errors import InputError, ListChangedError
from engine.jobs.lookup.listing import NEWEST
from engine.jobs.lookup.outlines import StoryOutline
from engine.serve.lists import MOST_ITEMS
from engine.serve.values import Page

MOST_CHARACTERS = 16_000
"""Of a cursor: some hundred for each shard."""

FrontCursor = Annotated[
    str | None,
    Query(
        max_length=MOST_CHARACTERS,
        description="`cursor` of the part before; none: the first part.",
    ),
]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the list of a shard goes on.

    Attributes
    ----------
    cursor
        Of the shard, or None: at its beginning.
    n_told
        Items from there on that were told already.
    """

    cursor: str | None = None
    n_told: int = 0

    def limit(self, wanted: int) -> int:
        """Return how many items to ask the shard for, so that `wanted` of them are new."""
        return min(self.n_told + wanted, MOST_ITEMS)


@dataclass(frozen=True, slots=True)
class Bookmark:
    """Where a list over all shards goes on.

    Attributes
    ----------
    places
        By address, of the shards whose lists go on.
    absent
        Those that did not answer when the list began, and so are not in it.
    """

    places: Mapping[str, Place]
    absent: tuple[str, ...] = ()

    @classmethod
    def at_start(cls, urls: Sequence[str]) -> Bookmark:
        """Return where the list begins."""
        return cls(dict.fromkeys(urls, Place()))

    @classmethod
    def read(cls, cursor: str, urls: Sequence[str]) -> Bookmark:
        """Return what `written` wrote.

        Raises
        ------
        InputError
            It is no cursor.
        ListChangedError
            It is of other shards.
        """
        try:
            known, absent, places = json.loads(base64.urlsafe_b64decode(cursor.encode()))
            if known != _digest(urls):
                raise ListChangedError("the shards have changed; begin again without a cursor")
            kept = {urls[int(at)]: Place(*_place(row)) for at, row in places.items()}
            return cls(kept, tuple(urls[at] for at in absent))
        except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
            raise InputError("this is no cursor") from error

    def written(self, urls: Sequence[str]) -> str | None:
        """Return it as a cursor; None where the list ends."""
        if not self.places:
            return None
        at = {url: number for number, url in enumerate(urls)}
        places = {at[url]: [one.cursor, one.n_told] for url, one in self.places.items()}
        content = json.dumps([_digest(urls), [at[url] for url in self.absent], places])
        return base64.urlsafe_b64encode(content.encode()).decode()


def merged_part(
    pages: Mapping[str, Page[StoryOutline]], mark: Bookmark, limit: int, order: str
) -> tuple[tuple[StoryOutline, ...], Bookmark]:
    """Return the next stories of all shards, and where the list goes on.

    It ends early where a shard that has more stories has none left in hand.

    Parameters
    ----------
    pages
        By address, what the shards of `mark` gave from their places on; one that is not there
        is `absent` from then on.
    mark
        Where the list was.
    limit
        Most stories.
    order
        One of `engine.jobs.lookup.listing.ORDERS`.
    """
    key = _KEYS.get(order, _by_size)
    left = {url: list(page.items[mark.places[url].n_told :]) for url, page in pages.items()}
    used = dict.fromkeys(left, 0)
    queue = [(key(own[0]), number, url) for number, (url, own) in enumerate(left.items()) if own]
    heapq.heapify(queue)
    told: list[StoryOutline] = []
    while queue and len(told) < limit:
        _, number, url = heapq.heappop(queue)
        told.append(left[url][used[url]])
        used[url] += 1
        if used[url] < len(left[url]):
            heapq.heappush(queue, (key(left[url][used[url]]), number, url))
        elif pages[url].cursor is not None:
            break
    after = {url: _after(pages[url], mark.places[url], n_used) for url, n_used in used.items()}
    absent = [*mark.absent, *(url for url in mark.places if url not in pages)]
    going_on = {url: place for url, place in after.items() if place is not None}
    return tuple(told), Bookmark(going_on, tuple(absent))


def _after(page: Page[StoryOutline], before: Place, n_used: int) -> Place | None:
    n_told = before.n_told + n_used
    if n_told < len(page.items):
        return Place(before.cursor, n_told)
    return None if page.cursor is None else Place(page.cursor)


def _by_size(story: StoryOutline) -> float:
    return -story.n_articles


def _by_end(story: StoryOutline) -> float:
    never = datetime.min.replace(tzinfo=UTC)
    return -(story.ended or never).timestamp()


_KEYS: Mapping[str, Callable[[StoryOutline], float]] = {NEWEST: _by_end}


def _place(row: Sequence[object]) -> tuple[str | None, int]:
    cursor, n_told = row
    if not isinstance(cursor, str | None) or not isinstance(n_told, int):
        raise TypeError("expected a cursor and a number")
    if not 0 <= n_told < MOST_ITEMS:
        raise ValueError("expected a place in a part of a list")
    return cursor, n_told


def _digest(urls: Sequence[str]) -> str:
    return hashlib.sha256("\n".join(urls).encode()).hexdigest()[:16]
