"""The stories that a generation shows, from what the ledger says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Self

import numpy as np

from engine.domain import Article, Clustering, Keys, Rows, Story
from engine.jobs.base.scope import Ground, Scope
from engine.jobs.clustering.kept_readings import read_leads, read_texts
from engine.jobs.clustering.provenance import traced
from engine.same_event.readings import Readings
from engine.same_event.window import article_window
from engine.store import Corpus, Move
from engine.stories.changes import LEAST_ARTICLES
from engine.stories.description import describe, largest_first
from engine.workers.local import LocalExecutor

OTHERS_AHEAD = 4
"""Windows' worth of other articles of which what is kept stays so when new ones are read ahead:
stories that go on hold older articles too. A first night keeps what it read of all articles."""


class Ahead:
    """Lets workers read texts and leads beside what the main process does alone.

    Stories are named and traced by these, so they are needed whatever the stories will be. They
    are where runs keep them by the end of a `with` block, and `compose` finds them there. Without
    workers nothing is read ahead.

    Parameters
    ----------
    ground
        What the run stands on.
    """

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._thread = ThreadPoolExecutor(1)
        self._begun: list[Future[None]] = []

    def __enter__(self) -> Self:
        """Return this."""
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """Wait for what was begun, and raise what went wrong in it unless something else did."""
        self._thread.shutdown()
        for reading in self._begun if kind is None else ():
            reading.result()

    def stories(self) -> None:
        """Begin to read the stories that are live, unless that is done; workers are not asked."""
        self._begun.append(self._thread.submit(_stories_ahead, self._ground))

    def texts(self, scope: Scope, read: Readings) -> None:
        """Begin with the texts that are new to `scope`, whose rows say what is `read`."""
        self._begin(_texts_ahead, scope, read)

    def leads(self, scope: Scope, read: Readings) -> None:
        """Begin with the leads of `scope`, as soon as its texts are read."""
        self._begin(_leads_ahead, scope, read)

    def _begin(
        self, reading: Callable[[Ground, Scope, Readings], None], scope: Scope, read: Readings
    ) -> None:
        if not isinstance(self._ground.setup.executor, LocalExecutor):
            self._begun.append(self._thread.submit(reading, self._ground, scope, read))


def _stories_ahead(ground: Ground) -> None:
    len(ground.content.stories)  # they are read when first asked for


def _texts_ahead(ground: Ground, scope: Scope, read: Readings) -> None:
    new = Rows(np.flatnonzero(scope.new))
    articles = [scope.articles[row] for row in new.tolist()]
    others = OTHERS_AHEAD * len(scope.keys)
    read_texts(ground, scope, articles, read.marked.take(new), others=others)


def _leads_ahead(ground: Ground, scope: Scope, read: Readings) -> None:
    others = OTHERS_AHEAD * len(scope.keys)
    read_leads(ground, scope, scope.view, read.contents, others=others)


def compose(
    ground: Ground,
    scope: Scope,
    moves: Sequence[Move],
    strengths: np.typing.NDArray[np.float32],
    contents: Sequence[bytes] = (),
    made: Callable[[Sequence[Story]], object] | None = None,
) -> list[Story]:
    """Return the stories after `moves`, largest first.

    A story is described again when an article came, went or was edited; else it stays
    as it was shown.

    Parameters
    ----------
    ground
        The ledger before the moves, and the stories and vectors that are live.
    scope
        The articles that were clustered; the background for keywords.
    moves
        What the run does.
    strengths
        Float32, (n,): how surely each row of `scope` belongs to its story.
    contents
        `content_key` of each row of `scope`, where they are known.
    made
        Called once with the same stories in the same order, those that are described again without
        names, keywords and origins, while workers look for these.
    """
    corpus, content = ground.corpus, ground.content
    members = _members(corpus, content.stories, scope, moves)
    sizes = corpus.ledger.sizes()
    kept = [story for story in content.stories if story.id not in members and story.id in sizes]

    def bare(described: Sequence[Story]) -> None:
        if made is not None:
            made(sorted([*described, *kept], key=largest_first))

    described, articles = _described(ground, scope, members, strengths, contents, bare)
    # An engine that kept no origins may have made the others.
    untold = described + [story for story in kept if not story.origins]
    ids = {id_ for story in untold for id_ in story.article_ids}.difference(articles)
    articles |= corpus.articles.by_ids(sorted(ids))
    shown = traced(untold, articles, ground.setup.executor, partial(read_texts, ground, scope))
    shown += [story for story in kept if story.origins]
    return sorted(shown, key=largest_first)


def _members(
    corpus: Corpus, old: Sequence[Story], scope: Scope, moves: Sequence[Move]
) -> dict[str, list[int]]:
    """Return the members, by key, of every story that must be described."""
    ledger = corpus.ledger
    touched = {move.origin for move in moves} | {move.target for move in moves}
    touched |= set(ledger.stories_of(scope.keys[scope.new].tolist()).values())
    shown = {story.id for story in old}
    touched |= {
        story
        for story, size in ledger.sizes().items()
        if size >= LEAST_ARTICLES and story not in shown
    }
    members = {story: set(keys) for story, keys in ledger.members(sorted(touched - {""})).items()}
    for move in moves:
        if move.origin:
            members[move.origin].discard(move.article)
        if move.target:
            members[move.target].add(move.article)
    return {story: sorted(keys) for story, keys in sorted(members.items())}


def _described(
    ground: Ground,
    scope: Scope,
    members: Mapping[str, Sequence[int]],
    strengths: np.typing.NDArray[np.float32],
    contents: Sequence[bytes],
    made: Callable[[Sequence[Story]], object],
) -> tuple[list[Story], dict[str, Article]]:
    """Return the stories that have `members`, without origins, and their articles by id."""
    content = ground.content
    wanted = np.array(sorted({key for keys in members.values() for key in keys}), np.int64)
    older = np.setdiff1d(wanted, scope.keys)
    places = np.searchsorted(content.keys, older)
    places = np.minimum(places, max(len(content.keys) - 1, 0))
    older = older[content.keys[places] == older] if len(content.keys) else older[:0]
    there, found = ground.corpus.articles.still_there(Keys(older))
    keys = np.concatenate([scope.keys, older[there]])
    articles = [*scope.articles, *found]
    rows = Rows(np.searchsorted(content.keys, keys))
    view = scope.view
    if len(found):
        view = article_window(articles, np.ascontiguousarray(content.index.vectors[rows]))
    place = {key: row for row, key in enumerate(keys.tolist())}
    names = list(members)
    labels = np.full(len(keys), -1, np.int64)
    for number, name in enumerate(names):
        inside = [place[key] for key in members[name] if key in place]
        if len(inside) >= LEAST_ARTICLES:
            labels[inside] = number
    ids = [article.id for article in articles]
    sure = np.concatenate([strengths, _old_strengths(content.stories, ids[len(scope.keys) :])])
    leads = read_leads(ground, scope, view, contents) if (labels >= 0).any() else None
    clustering = Clustering(labels, sure)
    described = describe(view, clustering, ids, names, ground.setup.executor, leads, made)
    return described, dict(zip(ids, articles, strict=True))


def _old_strengths(stories: Sequence[Story], ids: Sequence[str]) -> np.typing.NDArray[np.float32]:
    """Return what was last said of articles that are not clustered scope; 1 if nothing."""
    wanted = set(ids)
    known = {
        id_: strength
        for story in stories
        if not wanted.isdisjoint(story.article_ids)
        for id_, strength in zip(story.article_ids, story.strengths, strict=True)
    }
    return np.array([known.get(id_, 1.0) for id_ in ids], np.float32)
