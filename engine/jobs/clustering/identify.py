"""Which story each cluster continues, and what that changes in the ledger."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

import numpy as np
import numpy.typing as npt

from engine.domain import Keys, Rows
from engine.jobs.base.scope import Scope
from engine.recorded import CorrectionKind, Event, EventKind
from engine.store import Corpus, Move
from engine.stories.changes import KnownStory
from engine.stories.constraints import Constraint
from engine.stories.identity import Identities, article_weights, contested, match_stories


def constraints(
    corpus: Corpus, live: int, keys: Keys, settled: Collection[int]
) -> list[Constraint]:
    """Return what holds of the articles `keys` whatever their vectors say.

    First come the stories that have settled, which stay whole, then what people said,
    oldest first; so a person can part what has settled.
    """
    place = {key: row for row, key in enumerate(keys.tolist())}

    def rows(articles: Sequence[int]) -> Rows:
        return Rows(np.array([place[key] for key in articles if key in place], np.int64))

    whole = defaultdict[str, list[int]](list)
    for key, story in corpus.ledger.stories_of(sorted(settled)).items():
        whole[story].append(key)
    said = [
        said for _, said in corpus.history.corrections(live) if said.kind != CorrectionKind.PINNED
    ]
    return [Constraint(rows(articles)) for _, articles in sorted(whole.items())] + [
        Constraint(rows(one.articles), rows(one.others) if one.others else None) for one in said
    ]


def settled_articles(corpus: Corpus, live: int, keys: Keys) -> set[int]:
    """Return the articles that were left in their story by the last clustering."""
    runs = corpus.history.clusterings(live)[-2:]
    return corpus.ledger.settled(keys.tolist(), runs[0]) if len(runs) > 1 else set()


def identify(
    corpus: Corpus,
    live: int,
    scope: Scope,
    labels: npt.NDArray[np.int64],
    settled: Collection[int],
) -> tuple[list[Event], list[Move]]:
    """Return what happened to the stories, and which articles moved.

    Parameters
    ----------
    corpus
        The ledger, settled at run `live`.
    scope
        The articles that were clustered.
    labels
        Int64, (n,): their clusters, 0 or more; lone rows have a label of their own.
    settled
        Keys of articles that stay with a story of which most has left the window.
    """
    clusters = _clusters(scope, labels)
    members = _members(corpus, Keys(scope.keys[scope.bound]))
    known = _known(corpus, live, scope, members, settled)
    ids = {
        key: article.id for key, article in zip(scope.keys.tolist(), scope.articles, strict=True)
    }
    owners = _owners(scope, known)
    weights = article_weights(scope.view.vectors, np.where(contested(labels, owners), labels, -1))
    identities = match_stories(
        known,
        clusters,
        dict(zip(scope.keys.tolist(), weights.tolist(), strict=True)),
        fresh=lambda keys: new_id(corpus, ids[keys[0]]),
    )
    moves = _moves(known, members, clusters, identities)
    events = [*identities.events]
    events += _ended(corpus, scope, moves, events)
    return events, moves


def _clusters(scope: Scope, labels: npt.NDArray[np.int64]) -> list[list[int]]:
    """Return the keys of each cluster; older articles alone are left as they are."""
    found: defaultdict[int, list[int]] = defaultdict(list)
    bound = scope.bound
    for key, label in zip(scope.keys[bound].tolist(), labels[bound].tolist(), strict=True):
        found[label].append(key)
    alive = set(labels[scope.recent].tolist())
    return [keys for label, keys in found.items() if label in alive]


def _members(corpus: Corpus, keys: Keys) -> dict[str, list[int]]:
    """Return all members of every story that has one of the articles `keys`."""
    return corpus.ledger.members(sorted(set(corpus.ledger.stories_of(keys.tolist()).values())))


def _known(
    corpus: Corpus,
    live: int,
    scope: Scope,
    members: Mapping[str, Sequence[int]],
    settled: Collection[int],
) -> list[KnownStory]:
    clustered = set(scope.keys[scope.bound].tolist())
    free = set(scope.keys[scope.recent].tolist())
    for _, said in corpus.history.corrections(live):
        if said.kind == CorrectionKind.PINNED:
            free.difference_update(said.articles)
    records = corpus.ledger.records(sorted(members))
    known = []
    for story, keys in members.items():
        inside = clustered.intersection(keys)
        movable = free.intersection(keys)
        if len(movable) <= len(keys) - len(movable):
            # Most of the story has left the window: what has settled stays with it.
            movable = movable.difference(settled)
        known.append(
            KnownStory(
                id=story,
                born=records[story].born,
                movable=frozenset(movable),
                fixed=frozenset(inside - movable),
                n_elsewhere=len(keys) - len(inside),
                open=records[story].state == "open",
            )
        )
    return known


def _owners(scope: Scope, known: Sequence[KnownStory]) -> npt.NDArray[np.int64]:
    """Return the place in `known` of the story of each row of `scope`, -1 for none; int64, (n,)."""
    owner = {key: place for place, story in enumerate(known) for key in story.movable | story.fixed}
    return np.array([owner.get(key, -1) for key in scope.keys.tolist()], np.int64)


def new_id(corpus: Corpus, article: str) -> str:
    """Return an unused id for a story of the next run whose first article is `article`.

    The same run over the same articles gives the same ids, however often it was killed;
    an id that any run ever gave out, live or undone, is not given out again.
    """
    run = corpus.ledger.next_run()
    attempt = 0
    while True:
        seed = f"{run}\x1f{article}\x1f{attempt}".encode("utf-8", "surrogatepass")
        name = f"s-{hashlib.blake2b(seed, digest_size=6).hexdigest()}"
        if not corpus.ledger.is_used(name):
            return name
        attempt += 1


def _moves(
    known: Sequence[KnownStory],
    members: Mapping[str, Sequence[int]],
    clusters: Sequence[Sequence[int]],
    identities: Identities,
) -> list[Move]:
    origin = {key: story.id for story in known for key in story.movable}
    fixed = frozenset[int]().union(*(story.fixed for story in known))
    target = {
        key: story or ""
        for keys, story in zip(clusters, identities.story_of, strict=True)
        for key in keys
        if key not in fixed
    }
    moves = {
        key: Move(key, origin.get(key, ""), story)
        for key, story in target.items()
        if origin.get(key, "") != story
    }
    for story in known:
        if story.id in identities.merged:
            for key in set(members[story.id]) - story.movable:
                moves[key] = Move(key, story.id, identities.merged[story.id])
    return [moves[key] for key in sorted(moves)]


def _ended(
    corpus: Corpus, scope: Scope, moves: Sequence[Move], events: Sequence[Event]
) -> list[Event]:
    """Return the end of every open story that has no recent article any more."""
    story_of = corpus.ledger.stories_of(scope.keys.tolist())
    story_of.update((move.article, move.target) for move in moves)
    alive = {story_of.get(key) for key in scope.keys[scope.recent].tolist()}
    gone = {event.story for event in events if event.kind in {EventKind.MERGED, EventKind.ENDED}}
    sizes = corpus.ledger.sizes()
    return [
        Event(EventKind.ENDED, story, n_articles=sizes.get(story, 0))
        for story in corpus.ledger.open_stories()
        if story not in alive and story not in gone
    ]
