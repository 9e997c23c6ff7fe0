"""Which articles a run clusters, and which of them may change story."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import repeat

import numpy as np
import numpy.typing as npt

from engine.domain import UNDATED, Article, Keys, Rows, Seconds
from engine.garbage import without_collection
from engine.generations.generation import GenerationContent
from engine.jobs.base.setup import Setup
from engine.same_event.window import Window, article_window
from engine.store import Corpus, Run

REOPEN = timedelta(days=30)
"""A story can go on after a silence of at most this long."""

ANCHORS = 10
"""Nearest older articles of a new one that are clustered with it, so that it finds its
story even when that has left the window; right neighbours are nearly always among ten."""


CONTEXT = 2000
"""Articles that are clustered at least, where the base has them: what is rare and what is
near is learnt from them, and a window of a few articles teaches the wrong things."""

BACKGROUND = 2000
"""Latest articles against which the keywords of a corrected story are weighed."""


@dataclass(frozen=True, slots=True)
class Ground:
    """What a run stands on.

    Attributes
    ----------
    corpus
        The articles, with the ledger at the run of `content`.
    content
        The vectors, the stories that are live and the run that made them.
    setup
        What varies.
    known_keys
        The store's keys of some articles, by id.
    known_articles
        Some articles, by key; see `recent_articles`.
    """

    corpus: Corpus
    content: GenerationContent
    setup: Setup
    known_keys: dict[str, int] = field(default_factory=dict, repr=False)
    known_articles: Mapping[int, Article] = field(default_factory=dict, repr=False)

    @property
    def run(self) -> int:
        """The run that is gone on from."""
        return self.content.run

    def keys_of(self, ids: Sequence[str]) -> Keys:
        """Return the key of the article of each of `ids`, (n_ids,); -1 where there is none.

        A run may ask several times for those of all stories, and changes no article.
        """
        known = self.known_keys

        def keys() -> Keys:
            return Keys(np.fromiter(map(known.get, ids, repeat(-1)), np.int64, len(ids)))

        found = keys()
        lacking = np.flatnonzero(found < 0).tolist()
        if not lacking:
            return found
        known |= self.corpus.articles.keys_of([ids[place] for place in lacking])
        return keys()


@dataclass(frozen=True, slots=True)
class Scope:
    """The articles that are clustered, row by row.

    Attributes
    ----------
    keys
        Int64, (n,), ascending: the store's key of each row.
    articles, view
        The same articles, as values and as parallel arrays.
    recent
        Bool, (n,): in the window or late.
    bound
        Bool, (n,): recent, or older and near to a new article, which may go on with the
        story of that; the others only show what is usual.
    new
        Bool, (n,): added or edited since the run before.
    """

    keys: Keys
    articles: Sequence[Article]
    view: Window
    recent: npt.NDArray[np.bool_]
    bound: npt.NDArray[np.bool_]
    new: npt.NDArray[np.bool_]

    def recent_ids(self) -> set[str]:
        """Return the ids of the articles that are in the window or new."""
        return {
            article.id
            for article, recent in zip(self.articles, self.recent.tolist(), strict=True)
            if recent
        }


def gather(ground: Ground, window: timedelta | None) -> Scope:
    """Return what is clustered: the window, what came late, and what that may belong to.

    Parameters
    ----------
    ground
        What is gone on from. Where that is the first run, nothing counts as late.
    window
        Span before the latest article; None takes all articles.
    """
    content, before = ground.content, ground.corpus.history.run(ground.run)
    times, recent, new = _recent(ground.corpus, content.keys, before, window)
    bound = recent
    if before is not None:
        bound = recent.copy()
        if not recent.all():
            bound[_anchors(content, times, Rows(np.flatnonzero(new)))] = True
    chosen = bound | _latest(times, ~bound, CONTEXT - int(bound.sum()))
    return _scope(ground, chosen, recent, bound, new)


@without_collection()
def recent_articles(
    corpus: Corpus, before: Run | None, window: timedelta | None
) -> dict[int, Article]:
    """Return the articles that `gather` is certain to want, by key; it needs an index for others.

    Parameters
    ----------
    corpus
        The articles, which stay as they are until they are gathered.
    before, window
        The run that is gone on from, and as for `gather`.

    Raises
    ------
    DamagedError
        One of them is not as it was stored.
    """
    keys = corpus.articles.keys()
    _, recent, _ = _recent(corpus, keys, before, window)
    return corpus.articles.by_keys(keys[recent].tolist())


def _recent(
    corpus: Corpus, keys: Keys, before: Run | None, window: timedelta | None
) -> tuple[Seconds, npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    """Return when each of the articles `keys` came up, and which are recent and new, (n,) each."""
    times, believable = _times(corpus, keys)
    recent = np.ones(len(times), np.bool_)
    if window is not None and believable.any():
        recent = times >= times[believable].max() - int(window.total_seconds())
    if before is None:
        return times, recent, recent
    new = keys > before.last_article
    new |= np.isin(keys, corpus.history.edited_since(before.last_revision))
    return times, recent | new, new


def background(ground: Ground) -> Scope:
    """Return the latest articles, none of them to be clustered: what keywords stand out from."""
    times, _ = _times(ground.corpus, ground.content.keys)
    none = np.zeros(len(times), np.bool_)
    return _scope(ground, _latest(times, ~none, BACKGROUND), none, none, none)


def _latest(times: Seconds, among: npt.NDArray[np.bool_], n_rows: int) -> npt.NDArray[np.bool_]:
    """Return which rows are the latest `n_rows` of those in `among`."""
    rows = np.flatnonzero(among)
    found = np.zeros(len(times), np.bool_)
    if n_rows > 0:
        found[rows[np.argsort(times[rows], kind="stable")[-n_rows:]]] = True
    return found


def _scope(
    ground: Ground,
    chosen: npt.NDArray[np.bool_],
    recent: npt.NDArray[np.bool_],
    bound: npt.NDArray[np.bool_],
    new: npt.NDArray[np.bool_],
) -> Scope:
    rows = Rows(np.flatnonzero(chosen))
    # An article that left the store since the rebuild is in no story.
    content = ground.content
    wanted = Keys(content.keys[rows])
    there, articles = ground.corpus.articles.still_there(wanted, ground.known_articles)
    rows = Rows(rows[there])
    view = article_window(articles, np.ascontiguousarray(content.index.vectors[rows]))
    keys = Keys(content.keys[rows])
    return Scope(keys, articles, view, recent[rows], bound[rows], new[rows])


def _times(corpus: Corpus, wanted: Keys) -> tuple[Seconds, npt.NDArray[np.bool_]]:
    """Return when each of the articles `wanted` came up, and whether that can be the latest moment.

    An undated article counts from when it was read. Nothing is published after it was
    read; a time that says so does not move the window, whatever the clock says now.
    """
    keys, published, fetched = corpus.articles.times()
    rows = np.searchsorted(keys, wanted)
    rows = np.minimum(rows, len(keys) - 1)
    known = keys[rows] == wanted
    undated = published[rows] == UNDATED
    times = Seconds(np.where(undated, fetched[rows], published[rows]))
    believable = known & ~undated & (published[rows] <= fetched[rows])
    return times, believable if believable.any() else known


def _anchors(content: GenerationContent, times: Seconds, new: Rows) -> Rows:
    """Return the rows near those of `new` in meaning and in time, repeated ones too."""
    if not len(new):
        return new
    vectors = np.ascontiguousarray(content.index.vectors[new])
    found = content.index.search(vectors, min(ANCHORS + 1, len(content.keys))).rows
    gaps = np.abs(times[found] - times[new][:, None])
    return Rows(found[(found >= 0) & (gaps <= REOPEN.total_seconds())])
