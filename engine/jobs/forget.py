"""Articles that must be gone: from store, index, stories and every generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import numpy as np

from engine.disk.layout import Layout
from engine.domain import VERSION, Rows
from engine.errors import DamagedError, InputError, MismatchError, NotFoundError
from engine.generations.generation import open_generation
from engine.generations.upkeep import discard, list_generations
from engine.jobs.compose import compose
from engine.jobs.rebuild import prepare, publish_prepared
from engine.jobs.scope import background
from engine.jobs.settling import commit, lasting, live_generation, writer
from engine.protocols import Progress, silent
from engine.store import ArticleFilter, Corpus, Event, Move, RunContent, id_digest
from engine.stories.changes import LEAST_ARTICLES


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles are to be forgotten: exactly one of the three is given.

    Attributes
    ----------
    ids
        Their ids.
    source
        All of this outlet.
    before
        All that were published before this aware time.
    """

    ids: tuple[str, ...] = ()
    source: str = ""
    before: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse none and several."""
        if sum((bool(self.ids), bool(self.source), self.before is not None)) != 1:
            raise InputError("expected exactly one of ids, a source and a time")


def forget(layout: Layout, selection: Selection, *, progress: Progress = silent) -> dict[str, Any]:
    """Delete articles for good and return a certificate of it.

    They leave the store with their words, earlier headlines and vectors; the stories and
    the index are published again without them, and every generation that held them is
    deleted, so no rollback brings them back. Their ids are remembered as digests, so that
    no later feed does either. A killed run is completed by running it again.

    Raises
    ------
    NotFoundError
        No article matches, now or in what was forgotten before.
    DamagedError
        Something is left of them; the certificate is not given.
    LockedError
        Another run is writing.
    """
    with writer(layout, command="forget") as corpus:
        keys = _keys(corpus, selection)
        ids = [article.id for article in corpus.articles.by_keys(keys).values()]
        asked = list(selection.ids) or ids
        if not keys and not any(id_ in corpus.forgotten for id_ in asked):
            raise NotFoundError("no article matches; nothing was forgotten")
        with corpus.transaction():
            n_forgotten = corpus.forgotten.add(keys)
        run, n_stories = _publish_without(layout, corpus, progress)
        removed = discard(layout, _holding(layout, corpus))
        corpus.forgotten.scrub()
        left = _left(layout, corpus, asked)
        live = live_generation(layout)
    if left:
        raise DamagedError(f"something is left of what was forgotten: {'; '.join(left)}")
    return {
        "certificate": "forgotten",
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "engine": VERSION,
        "asked": _asked(selection),
        "n_articles": n_forgotten,
        "id_digests": sorted(id_digest(id_).hex() for id_ in asked),
        "n_stories_changed": n_stories,
        "run": run,
        "generation": "" if live is None else live.name,
        "generations_deleted": removed,
        "checked": ["articles", "embeddings", "index", "stories", "generations"],
    }


def _keys(corpus: Corpus, selection: Selection) -> list[int]:
    if selection.ids:
        return sorted(corpus.articles.keys_of(selection.ids).values())
    sources = (selection.source,) if selection.source else ()
    which = ArticleFilter(until=selection.before, sources=sources)
    return [int(key) for key in corpus.articles.keys(which)]


def _publish_without(layout: Layout, corpus: Corpus, progress: Progress) -> tuple[int, int]:
    """Publish rows and stories without the deleted articles; return the run and its stories."""
    gone = corpus.ledger.orphans()
    live = live_generation(layout)
    if live is None:
        return corpus.ledger.head(), 0
    content = RunContent(
        parent=live.manifest.run,
        kind="forget",
        at=datetime.now(UTC).replace(microsecond=0),
        events=_events(corpus, gone),
        moves=[Move(key, story, "") for key, story in sorted(gone.items())],
        **lasting(corpus, live.manifest.run),
    )
    if not len(corpus.articles):
        return _publish_nothing(layout, corpus, content), len(set(gone.values()))
    # Anew: an index that only marks rows as deleted would still hold their vectors.
    prepared = prepare(layout, corpus, spec=None, progress=progress, anew=True)
    tonight = background(corpus, prepared.content)
    sure = np.ones(len(tonight.keys), np.float32)
    stories = compose(corpus, prepared.content, tonight, content.moves, sure)
    run, _ = commit(
        corpus,
        content,
        lambda number: publish_prepared(prepared, stories=stories, run=number),
    )
    return run, len(set(gone.values()))


def _publish_nothing(layout: Layout, corpus: Corpus, content: RunContent) -> int:
    """Leave no generation, since none can be empty; the next rebuild makes the first."""
    layout.current.unlink()
    discard(layout, [entry.name for entry in list_generations(layout)])
    with corpus.transaction():
        run = corpus.ledger.begin(content)
        corpus.ledger.finish(run, "")
    return run


def _events(corpus: Corpus, gone: Mapping[int, str]) -> list[Event]:
    """Return what the loss of articles means for their stories."""
    n_gone = Counter(gone.values())
    sizes = corpus.ledger.sizes()
    still_open = set(corpus.ledger.open_stories())
    events = []
    for story, n_left in sorted(n_gone.items()):
        n_articles = sizes[story] - n_left
        ends = n_articles < LEAST_ARTICLES and story in still_open
        events.append(Event("ended" if ends else "shrank", story, "", 0, n_left, n_articles))
    return events


def _holding(layout: Layout, corpus: Corpus) -> list[str]:
    """Return the generations with an article that is not in the store any more."""
    known = corpus.articles.keys()
    return [
        entry.name
        for entry in list_generations(layout)
        if not entry.live and not _is_within(layout, entry.name, known)
    ]


def _is_within(layout: Layout, name: str, known: Rows) -> bool:
    """Tell whether all articles of a generation are known; False where it cannot be read."""
    try:
        generation = open_generation(layout, name)
    except (DamagedError, MismatchError):
        return False
    return bool(np.isin(generation.keys, known).all())


def _left(layout: Layout, corpus: Corpus, ids: Sequence[str]) -> list[str]:
    """Return where something is left of forgotten articles; empty: nowhere."""
    known = corpus.articles.keys()
    live = live_generation(layout)
    stories = [] if live is None else live.stories()
    found = {
        "articles in the store": corpus.articles.keys_of(ids),
        "vectors in the store": corpus.embeddings.n_unused(),
        "members in the ledger": corpus.ledger.orphans(),
        "rows of a generation": [
            entry.name
            for entry in list_generations(layout)
            if not _is_within(layout, entry.name, known)
        ],
        "vectors in the index": live is not None and live.manifest.n_stored != len(known),
        "articles in stories": {id_ for story in stories for id_ in story.article_ids} & set(ids),
    }
    return [what for what, is_left in found.items() if is_left]


def _asked(selection: Selection) -> dict[str, object]:
    """Return what was asked for, without ids, which may name a person."""
    if selection.ids:
        return {"n_ids": len(selection.ids)}
    if selection.before is not None:
        return {"before": selection.before.isoformat()}
    return {"source": selection.source}
