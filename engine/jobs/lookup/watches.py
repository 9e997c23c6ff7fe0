"""Watches: saved queries of a base, and what each was told; kept in one small file."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from engine.arguments import expect_fields
from engine.disk.files import replace_file, storage_errors
from engine.disk.layout import Layout
from engine.disk.lock import WriteLock
from engine.disk.sealed import read_sealed, sealed
from engine.domain import Value
from engine.errors import DamagedError, InputError, NotFoundError

MAIL, WEBHOOK = "mail", "webhook"
"""Ways in which a watch is told besides its feed."""

MOST_TOLD = 100
"""Entries of a watch that are kept, the latest: as many as a feed has."""

MOST_NAMED = 100
"""Characters of a name, and articles of an example set."""


@dataclass(frozen=True, slots=True)
class Watch(Value):
    """A saved query: of a text, a story or some articles, exactly one of them.

    Attributes
    ----------
    name
        By which it is called; no other watch of the base has it.
    text
        What is looked for, in any language.
    story
        Id of the story that is followed.
    articles
        Ids of articles such as those that are wanted.
    languages, sources
        Tell only of articles in these languages, of these outlets; empty: of all.
    ways
        How it is told besides its feed: ``mail``, ``webhook``. Where to is not said: such
        addresses may hold secrets.
    made
        When it was added; None before that.
    """

    name: str
    text: str = ""
    story: str = ""
    articles: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    ways: tuple[str, ...] = ()
    made: datetime | None = None

    def check(self) -> None:
        """Raise InputError unless it has a fit name, exactly one query and fields of its types."""
        expect_fields(self)
        if not self.name.strip() or len(self.name) > MOST_NAMED or "/" in self.name:
            raise InputError(
                f"expected a name of 1 to {MOST_NAMED} characters without a slash, "
                f"got {self.name!r}"
            )
        if not self.name.isprintable() or self.name != self.name.strip():
            raise InputError(f"expected a name of letters, digits and marks, got {self.name!r}")
        if sum(map(bool, (self.text, self.story, self.articles))) != 1:
            raise InputError("expected exactly one of a text, a story and articles to watch")
        if len(self.articles) > MOST_NAMED:
            raise InputError(
                f"expected at most {MOST_NAMED} articles to watch, got {len(self.articles)}"
            )


@dataclass(frozen=True, slots=True)
class Told:
    """What a watch was told of one story in one run.

    Attributes
    ----------
    at
        When.
    run
        The run that was live.
    story
        Id of the story; empty: the article is in none.
    keys
        Of its new articles.
    unsent
        Ways in which it is still to be sent.
    """

    at: datetime
    run: int
    story: str
    keys: tuple[int, ...]
    unsent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """A watch and how far it was told.

    Attributes
    ----------
    watch
        What was saved.
    targets
        Where it is sent by each of its ways: addresses.
    last
        Key of the newest article that was considered; later ones are new to it.
    run
        The run up to which its stories were followed.
    stories
        Ids of the stories that are followed.
    known
        Keys of the articles that were told, or that a story had when it was first watched.
    told
        The latest entries, the oldest first.
    """

    watch: Watch
    targets: Mapping[str, tuple[str, ...]]
    last: int
    run: int
    stories: tuple[str, ...] = ()
    known: frozenset[int] = frozenset()
    told: tuple[Told, ...] = ()


def kept_watches(layout: Layout) -> dict[str, Kept]:
    """Return the watches of a base by name, in the order in which they were added.

    Raises
    ------
    DamagedError
        The file holds no watches any more.
    """
    try:
        return {name: _kept(values) for name, values in read_sealed(layout.watches, dict).items()}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise DamagedError(
            f"{layout.watches} holds no watches ({error}); delete it and add them again by "
            "'engine watches add'"
        ) from error


def kept_watch(layout: Layout, name: str) -> Kept:
    """Return one watch; raises as `kept_watches`.

    Raises
    ------
    NotFoundError
        There is none of that name.
    """
    found = kept_watches(layout)
    if name not in found:
        raise NotFoundError(f"there is no watch named {name!r}; see 'engine watches list'")
    return found[name]


def keep_watches(lock: WriteLock, watches: Iterable[Kept]) -> None:
    """Keep `watches` instead of those that there are; for the owner's eyes alone.

    Raises
    ------
    StorageError
        They cannot be written.
    """
    values = {kept.watch.name: _values(kept) for kept in watches}
    with storage_errors(lock.layout.root):
        content = json.dumps(sealed(values)).encode() + b"\n"
        replace_file(lock.layout.watches, content, mode=0o600)


def remove_watch(lock: WriteLock, name: str) -> Watch:
    """Forget a watch and what it was told; return it.

    Raises as `kept_watch` and `keep_watches`.
    """
    gone = kept_watch(lock.layout, name)
    keep_watches(lock, (kept for kept in kept_watches(lock.layout).values() if kept != gone))
    return gone.watch


def _values(kept: Kept) -> dict[str, Any]:
    watch = asdict(kept.watch) | {"made": kept.watch.made and kept.watch.made.isoformat()}
    told = [asdict(one) | {"at": one.at.isoformat()} for one in kept.told[-MOST_TOLD:]]
    return {
        "watch": watch,
        "targets": dict(kept.targets),
        "last": kept.last,
        "run": kept.run,
        "stories": kept.stories,
        "known": sorted(kept.known),
        "told": told,
    }


def _kept(values: Mapping[str, Any]) -> Kept:
    watch = {name: _tuple(value) for name, value in values["watch"].items()}
    made = watch.pop("made")
    told = [{name: _tuple(value) for name, value in one.items()} for one in values["told"]]
    return Kept(
        watch=Watch(**watch, made=None if made is None else datetime.fromisoformat(made)),
        targets={way: tuple(where) for way, where in values["targets"].items()},
        last=int(values["last"]),
        run=int(values["run"]),
        stories=tuple(values["stories"]),
        known=frozenset(values["known"]),
        told=tuple(Told(**one | {"at": datetime.fromisoformat(one["at"])}) for one in told),
    )


def _tuple(value: object) -> Any:  # noqa: ANN401 - a field of either class
    return tuple(value) if isinstance(value, list) else value
