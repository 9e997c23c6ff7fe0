"""Articles that must be gone: from store, index, stories and every generation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from engine.arguments import expect_fields
from engine.disk.files import storage_errors
from engine.disk.layout import Layout
from engine.domain import Keys, Value
from engine.errors import DamagedError, InputError, MismatchError, NotFoundError
from engine.generations.generation import open_generation
from engine.generations.upkeep import discard, list_generations
from engine.jobs.base.filtering import spellings
from engine.jobs.base.scope import Ground, background
from engine.jobs.base.writer import Writer
from engine.jobs.clustering.compose import compose
from engine.jobs.rebuilding.rebuild import prepare, publish_prepared
from engine.recorded import Event, EventKind, RunKind
from engine.store import ArticleFilter, Corpus, Move, RunContent, id_digest
from engine.store.transactions import statement_errors
from engine.stories.changes import LEAST_ARTICLES
from engine.version import VERSION


@dataclass(frozen=True, slots=True)
class Selection:
    """Which articles are to be forgotten: exactly one of the three is given.

    Attributes
    ----------
    ids
        Their ids.
    source
        All of this outlet, in whatever case.
    before
        All that were published before this aware time.
    """

    ids: tuple[str, ...] = ()
    source: str = ""
    before: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse none and several, and fields of other types."""
        expect_fields(self)
        if sum((bool(self.ids), bool(self.source), self.before is not None)) != 1:
            raise InputError("expected exactly one of ids, a source and a time")


@dataclass(frozen=True, slots=True)
class Certificate(Value):
    """That articles are gone; ids are given as digests, since an id may name a person.

    Attributes
    ----------
    certificate
        ``forgotten``.
    at
        Aware UTC time.
    engine
        Version of the engine.
    asked
        What was asked for, without ids.
    n_articles
        Articles that were deleted, by this run or by one that it finished.
    id_digests
        Hexadecimal digests of the ids that were asked for, or that an earlier run deleted
        and did not finish.
    n_stories_changed
        Stories that lost an article.
    run
        Number of the run that published the stories without them.
    generation
        The live generation, or empty.
    generations_deleted
        Those that held some of them.
    checked
        Where nothing is left of them.
    """

    certificate: str
    at: datetime
    engine: str
    asked: Mapping[str, object]
    n_articles: int
    id_digests: tuple[str, ...]
    n_stories_changed: int
    run: int
    generation: str
    generations_deleted: tuple[str, ...]
    checked: tuple[str, ...]


def forget(writer: Writer, selection: Selection) -> Certificate:
    """Delete articles for good and return a certificate of it.

    They leave the store with their words, earlier headlines and vectors; the stories and
    the index are published again without them, and every generation that held them is
    deleted, so no rollback brings them back. Their ids are remembered as digests, so that
    no later feed does either. What a killed or failed run left undone is done by the next
    one, whatever that is asked to forget, and its certificate counts it.

    Raises
    ------
    NotFoundError
        No article matches, now or in what was forgotten before.
    DamagedError
        Something is left of them, and the certificate is not given; or an article is not as it
        was stored, so whether it is of an outlet or a time is not known: nothing is forgotten.
    """
    corpus = writer.corpus
    writer.recover()  # while the ledger's articles are still there
    unfinished = corpus.forgotten.unfinished()
    try:
        keys = _keys(corpus, selection)
    except NotFoundError:
        if not unfinished:  # else the outlet may be gone because its articles are
            raise
        keys = []
    ids = list(corpus.articles.ids_of(keys).values())  # of altered articles, too
    asked = list(selection.ids) or ids
    if not keys and not unfinished and not any(id_ in corpus.forgotten for id_ in asked):
        raise NotFoundError("no article matches; nothing was forgotten")
    with corpus.transaction():
        corpus.forgotten.add(keys)
    digests = corpus.forgotten.unfinished()
    with storage_errors(writer.layout.root), statement_errors():
        run, n_stories = _publish_without(writer)
        removed = discard(writer.lock, _holding(writer))
        corpus.forgotten.scrub()
        for path in _kept(writer.layout):
            path.unlink()
    if left := _left(writer, asked):
        raise DamagedError(f"something is left of what was forgotten: {'; '.join(left)}")
    with corpus.transaction():
        corpus.forgotten.finish()
    return Certificate(
        certificate="forgotten",
        at=writer.setup.now(),
        engine=VERSION,
        asked=_asked(selection),
        n_articles=len(digests),
        id_digests=tuple(sorted({*digests, *(id_digest(id_).hex() for id_ in asked)})),
        n_stories_changed=n_stories,
        run=run,
        generation="" if writer.live is None else writer.live.name,
        generations_deleted=tuple(removed),
        checked=("articles", "embeddings", "index", "stories", "generations", "kept words"),
    )


def _keys(corpus: Corpus, selection: Selection) -> list[int]:
    if selection.ids:
        return sorted(corpus.articles.keys_of(selection.ids).values())
    # Else one whose outlet or time was altered would stay, and the certificate would be false.
    corpus.articles.checked(corpus.articles.keys())
    sources = spellings(corpus, [selection.source]) if selection.source else ()
    which = ArticleFilter(until=selection.before, sources=sources)
    return [int(key) for key in corpus.articles.keys(which)]


def _publish_without(writer: Writer) -> tuple[int, int]:
    """Publish rows and stories without the deleted articles; return the run and its stories."""
    corpus, live = writer.corpus, writer.live
    gone = corpus.ledger.orphans()
    if live is None:
        return corpus.ledger.head(), 0
    content = RunContent(
        parent=live.manifest.run,
        kind=RunKind.FORGET,
        at=writer.setup.now(),
        events=_events(corpus, gone),
        moves=[Move(key, story, "") for key, story in sorted(gone.items())],
    ).going_on_from(corpus.history.run(live.manifest.run))
    if not len(corpus.articles):
        return _publish_nothing(writer, content), len(set(gone.values()))
    # Anew: an index that only marks rows as deleted would still hold their vectors.
    prepared = prepare(writer, spec=None, anew=True)
    ground = Ground(corpus, prepared.content, writer.setup)
    scope = background(ground)
    sure = np.ones(len(scope.keys), np.float32)
    stories = compose(ground, scope, content.moves, sure)
    run = writer.commit(
        content, lambda number: publish_prepared(writer, prepared, stories=stories, run=number)
    )
    return run, len(set(gone.values()))


def _publish_nothing(writer: Writer, content: RunContent) -> int:
    """Leave no generation, since none can be empty; the next rebuild makes the first."""
    corpus, layout = writer.corpus, writer.layout
    layout.current.unlink()
    discard(writer.lock, [entry.name for entry in list_generations(layout)])
    writer.live = None
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
        kind = EventKind.ENDED if ends else EventKind.SHRANK
        events.append(Event(kind, story, n_left=n_left, n_articles=n_articles))
    return events


def _kept(layout: Layout) -> list[Path]:
    """Return the files of what a run leaves for the next, whole or as a killed one left them."""
    return [found for path in layout.kept for found in layout.root.glob(f"{path.name}*")]


def _holding(writer: Writer) -> list[str]:
    """Return the generations with an article that is not in the store any more."""
    known = writer.corpus.articles.keys()
    return [
        entry.name
        for entry in list_generations(writer.layout)
        if not entry.live and not _is_within(writer.layout, entry.name, known)
    ]


def _is_within(layout: Layout, name: str, known: Keys) -> bool:
    """Tell whether all articles of a generation are known; False where it cannot be read."""
    try:
        generation = open_generation(layout, name)
    except (DamagedError, MismatchError):
        return False
    return bool(np.isin(generation.keys, known).all())


def _left(writer: Writer, ids: Sequence[str]) -> list[str]:
    """Return where something is left of forgotten articles; empty: nowhere."""
    layout, corpus, live = writer.layout, writer.corpus, writer.live
    known = corpus.articles.keys()
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
        "words that a night kept": _kept(layout),
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
