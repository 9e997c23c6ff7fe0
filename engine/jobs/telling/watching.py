"""What is new to a watch since it was last told, one entry a story.

All watches of a night are encoded at once, and found by one search for each filter that they
have. A story is followed from when it was first told; merges and splits are followed by the
events of the ledger.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np

from engine.domain import Article, Rows
from engine.errors import InputError
from engine.jobs.base.filtering import as_stored
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.history import live_story
from engine.jobs.lookup.watches import Kept, Told, Watch
from engine.jobs.querying.hits import Hit
from engine.jobs.querying.match import LIKELY
from engine.jobs.querying.query import (
    Query,
    embed_queries,
    query_article,
    says_something,
    stored_queries,
)
from engine.jobs.querying.search import Wanted, find_similar
from engine.recorded import EventKind
from engine.same_event.hits import JUDGED_HITS
from engine.store import ArticleFilter, Run


@dataclass(frozen=True, slots=True)
class _Finding:
    """What is new to a watch of one story.

    Attributes
    ----------
    story
        Its id; empty: the article is in none.
    keys
        Of its new articles, ascending.
    chance
        That it reports what is watched, in [0, 1]; 1 where it is followed.
    """

    story: str
    keys: tuple[int, ...]
    chance: float


def begun(reader: Reader, watch: Watch, targets: Mapping[str, tuple[str, ...]]) -> Kept:
    """Return a watch to which all that is there now is known.

    Parameters
    ----------
    reader
        Of the base.
    watch
        What is to be saved.
    targets
        Where it is sent, by way.

    Raises
    ------
    InputError
        It has no fit name, not exactly one query, or a text that says nothing.
    NotFoundError
        There is no such story, article or outlet.
    """
    watch.check()
    as_stored(reader.corpus, _filter(watch))
    run = reader.corpus.history.run(reader.run)
    last = int(reader.generation.keys.max(initial=0)) if run is None else run.last_article
    made = replace(watch, ways=tuple(targets), made=reader.setup.now())
    kept = Kept(made, targets, last, reader.run)
    if watch.text and not says_something(_asked(reader, watch)):
        raise InputError("expected a text with a letter or a digit to watch")
    stored_queries(reader, watch.articles)  # says which of them is not there
    own = [story.id for id_ in watch.articles if (story := reader.story_of(id_)) is not None]
    stories = dict.fromkeys([live_story(reader, watch.story).id] if watch.story else own)
    return replace(kept, stories=tuple(stories), known=frozenset(_members(reader, [*stories])))


def advanced(reader: Reader, watches: Sequence[Kept]) -> list[Kept]:
    """Return watches as they are once they were told what is new: the last of their entries.

    An article is new once the stories that are live know it, so a night that was held tells
    nothing until it is approved. Of the entries of a run the likeliest comes last.

    Parameters
    ----------
    reader
        Of the base.
    watches
        As they are kept.
    """
    run = reader.corpus.history.run(reader.run)
    if run is None or not watches:
        return list(watches)
    past = _Past(reader, min(kept.run for kept in watches))
    hits = _hits(reader, watches, run.last_article)
    return [
        _after(reader, kept, past, _findings(reader, kept, past, hits.get(place, {})), run)
        for place, kept in enumerate(watches)
    ]


def _after(reader: Reader, kept: Kept, past: _Past, findings: Sequence[_Finding], run: Run) -> Kept:
    """Return a watch once it was told `findings`, which are then to be sent."""
    if run.run <= kept.run:  # gone back to
        return kept
    at = reader.setup.now()
    ways = tuple(kept.targets)
    # Where there are too many to be kept, the likeliest are: they come last.
    told = tuple(Told(at, run.run, one.story, one.keys, ways) for one in reversed(findings))
    stories = dict.fromkeys([*kept.stories, *past.followed(kept)])
    stories |= dict.fromkeys(one.story for one in findings if one.story)
    return replace(
        kept,
        last=max(kept.last, run.last_article),
        run=run.run,
        stories=tuple(stories),
        known=kept.known.union(
            _members(reader, [one.story for one in findings]), *(one.keys for one in findings)
        ),
        told=(*kept.told, *told),
    )


class _Past:
    """What happened to stories since a run, up to the one that is live."""

    def __init__(self, reader: Reader, run: int) -> None:
        self._reader = reader
        history = reader.corpus.history
        self._events = [
            (number, event)
            for number in history.chain(reader.run)
            if number > run
            for event in history.events(number)
        ]
        self._joined: dict[int, Mapping[str, list[int]]] = {}

    def followed(self, kept: Kept) -> dict[str, bool]:
        """Return the stories of a watch, those that they went into and those split from them.

        Each with whether all of its articles came with it: where one went into another.
        """
        found = dict.fromkeys(kept.stories, False)
        for number, event in self._events:
            if number <= kept.run:
                continue
            if event.kind == EventKind.MERGED and event.story in found:
                found.setdefault(event.other, True)
            if event.kind == EventKind.SPLIT and event.other in found:
                found.setdefault(event.story, False)
        return found

    def joined(self, kept: Kept) -> Mapping[str, list[int]]:
        """Return the keys of the articles that came to each story since a watch was told."""
        if kept.run not in self._joined:
            keys = defaultdict[str, list[int]](list)
            for move in self._reader.corpus.history.moves(kept.run, self._reader.run):
                keys[move.target].append(move.article)
            self._joined[kept.run] = keys
        return self._joined[kept.run]


def _findings(
    reader: Reader, kept: Kept, past: _Past, chances: Mapping[int, tuple[float, str]]
) -> list[_Finding]:
    """Return what is new to a watch, where `chances` says of which new articles it is, by key."""
    joined, allowed = past.joined(kept), _allowed(reader, kept.watch)
    followed = past.followed(kept)
    for story in _no_longer_alone(kept, joined):
        followed.setdefault(story, False)
    found: dict[str, tuple[float, Iterable[int]]] = {
        story: (1.0, _members(reader, [story]) if whole else joined[story])
        for story, whole in followed.items()
        if whole or story in joined
    }
    alone = []
    for key, (chance, story) in chances.items():
        if not story:
            alone.append(_Finding("", (key,), chance))
        elif story not in followed and chance > found.get(story, (0.0, ()))[0]:
            newer = [other for other in joined.get(story, ()) if other > kept.last]
            found[story] = (chance, newer or [key])
    told = [
        _Finding(story, tuple(sorted(set(keys) - kept.known)), chance)
        for story, (chance, keys) in found.items()
        if story in reader.stories
    ]
    wanted = [
        replace(one, keys=tuple(key for key in one.keys if allowed is None or key in allowed))
        for one in (*told, *alone)
    ]
    wanted.sort(key=lambda one: (-one.chance, one.keys))
    return [one for one in wanted if one.keys]


def _members(reader: Reader, stories: Sequence[str]) -> Iterable[int]:
    """Return the keys of the articles of those of some stories that there are."""
    there = [reader.stories[story] for story in stories if story in reader.stories]
    return reader.corpus.articles.keys_of(
        [id_ for one in there for id_ in one.article_ids]
    ).values()


def _allowed(reader: Reader, watch: Watch) -> frozenset[int] | None:
    """Return the keys of the articles that pass the filter of a watch; None: all do."""
    rows = reader.rows(_filter(watch))
    return None if rows is None else frozenset(reader.generation.keys[rows].tolist())


def _filter(watch: Watch) -> ArticleFilter:
    return ArticleFilter(languages=watch.languages, sources=watch.sources)


def _no_longer_alone(kept: Kept, joined: Mapping[str, list[int]]) -> Iterator[str]:
    """Yield the stories that articles came to which were told while they were in none."""
    alone = {key for one in kept.told if not one.story for key in one.keys}
    if alone:
        yield from (story for story, keys in joined.items() if not alone.isdisjoint(keys))


def _hits(
    reader: Reader, watches: Sequence[Kept], last: int
) -> dict[int, dict[int, tuple[float, str]]]:
    """Return for each watch of a text or of examples the new articles that it is likely about.

    By the place of the watch: of each key the probability and the story, or an empty one.
    """
    asked = _queries(reader, watches)
    keys = reader.generation.keys
    oldest = min((watches[place].last for place, _ in asked), default=last)
    new = Rows(np.flatnonzero((keys > oldest) & (keys <= last)))
    found: dict[int, dict[int, tuple[float, str]]] = defaultdict(dict)
    if not len(new):
        return found
    for place, hit in _searched(reader, watches, asked, new):
        key, chances = int(keys[hit.row]), found[place]
        if key <= watches[place].last or hit.probability < LIKELY:
            continue
        chance = max(hit.probability, chances.get(key, (0.0, ""))[0])
        story = hit.story or ""
        chances[key] = (chance, story if story in reader.stories else "")
    return found


def _searched(
    reader: Reader, watches: Sequence[Kept], asked: Sequence[tuple[int, Query]], among: Rows
) -> Iterator[tuple[int, Hit]]:
    """Yield the hits of each query with the place of its watch; one search for each filter."""

    def which(one: tuple[int, Query]) -> tuple[tuple[str, ...], tuple[str, ...]]:
        watch = watches[one[0]].watch
        return watch.languages, watch.sources

    for (languages, sources), group in groupby(sorted(asked, key=which), key=which):
        some = list(group)
        filtered = ArticleFilter(languages=languages, sources=sources)
        wanted = Wanted(JUDGED_HITS, filtered, fold=False)
        found = find_similar(reader, [query for _, query in some], wanted, among=among)
        for (place, _), hits in zip(some, found, strict=True):
            yield from ((place, hit) for hit in hits)


def _queries(reader: Reader, watches: Sequence[Kept]) -> list[tuple[int, Query]]:
    """Return what is searched for, each with the place of its watch; texts are encoded at once."""
    texts = [(place, kept.watch) for place, kept in enumerate(watches) if kept.watch.text]
    made = embed_queries(reader, [_asked(reader, watch) for _, watch in texts])
    ids = [(place, id_) for place, kept in enumerate(watches) for id_ in kept.watch.articles]
    rows = reader.rows_of([id_ for _, id_ in ids])
    # Of a watch whose articles were forgotten the others are left.
    there = [one for one, row in zip(ids, rows.tolist(), strict=True) if row >= 0]
    stored = stored_queries(reader, [id_ for _, id_ in there])
    return [
        *zip((place for place, _ in texts), made, strict=True),
        *zip((place for place, _ in there), stored, strict=True),
    ]


def _asked(reader: Reader, watch: Watch) -> Article:
    return query_article(watch.text, None, fetched=reader.setup.now())
