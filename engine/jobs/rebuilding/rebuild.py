"""The corpus into a published generation."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import overload

from engine.disk.layout import Layout
from engine.disk.lock import migrating
from engine.domain import EncoderSpec, Story, Value
from engine.encoding import settled
from engine.errors import DamagedError, MismatchError
from engine.generations.drafting import Draft
from engine.generations.generation import Generation, GenerationContent
from engine.generations.publishing import publish
from engine.generations.upkeep import list_generations
from engine.index.faiss_build import check_target
from engine.jobs.base.setup import OWN_ENCODER, SHIPPED, Setup
from engine.jobs.base.writer import Writer, readable_live
from engine.jobs.rebuilding.centring import take_centring
from engine.jobs.rebuilding.embedding import CachingEncoder, embed_missing
from engine.jobs.rebuilding.indexing import draft_articles
from engine.jobs.storing.clean import renew_cleaning
from engine.protocols import Encoder
from engine.reading.cleaning.cleaner import fingerprint as cleaner_fingerprint
from engine.store import NO_RUN, Corpus, DamagedVectorsError

PATIENCE = timedelta(hours=6)
"""How long a migration, which may have taken days, waits for a night to end."""


@dataclass(frozen=True, slots=True)
class RebuildReport(Value):
    """What a rebuild did.

    Attributes
    ----------
    generation
        Name of the published generation.
    n_articles, n_embedded, n_stories
        Articles indexed, texts that had to be encoded, stories carried over.
    n_damaged
        Cached vectors that were altered on the disk; their texts were encoded again.
    n_cleaned
        Articles whose text the current cleaner changed.
    index_kind, recall
        Kind of the FAISS index, and the share of the true neighbours that it found when it
        was audited.
    encoder_before
        Name of the encoder until now where it was another one, else empty.
    precision
        In which a sentence-transformers model runs.
    not_int8
        Why the model was tried in int8, which is faster, and does not run in it; else empty.
    seconds
        Wall time.
    """

    generation: str
    n_articles: int
    n_embedded: int
    n_damaged: int
    n_stories: int
    n_cleaned: int
    index_kind: str
    recall: float
    encoder_before: str
    precision: str
    not_int8: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is ready to be published.

    Attributes
    ----------
    draft
        Rows and index, with the stories that are live now and the run that made them.
    fingerprint, encoder, cleaner
        How the vectors and their texts were made.
    opened
        The encoder itself.
    n_embedded, n_damaged
        Texts that had to be encoded, and how many had a cached vector that was damaged.
    keys
        The store's keys of the articles in stories, by id, once the stories were asked for.
    """

    draft: Draft
    opened: Encoder
    fingerprint: str
    encoder: EncoderSpec
    cleaner: str
    n_embedded: int
    n_damaged: int
    keys: dict[str, int] = field(repr=False)

    @property
    def content(self) -> GenerationContent:
        """Rows, index and stories of the draft."""
        return self.draft.content


def rebuild(
    layout: Layout,
    setup: Setup = SHIPPED,
    *,
    spec: EncoderSpec | None = None,
    recall: float | None = None,
    mend: bool = False,
    centring_of: Layout | None = None,
    patience: timedelta = PATIENCE,
) -> RebuildReport:
    """Embed what is new, centre, index and publish a generation.

    Articles that another version of the cleaner cleaned are cleaned again first. With
    another encoder than the live generation's this is a migration: everything is embedded
    beside the nights, which go on, and the lock is taken for the rest.

    Parameters
    ----------
    layout
        The base.
    setup
        What varies.
    spec
        The encoder; None keeps the live generation's, or takes the default.
    recall
        Share of the true neighbours that an approximate index must find, in (0, 1]; None
        keeps the live generation's, at first 0.95. Later runs keep it too.
    mend
        Make again first what was altered in the article store and can be; see
        `engine.store.corpus.Corpus.mend`.
    centring_of
        Another base, as whose vectors those of this one are centred from now on; None keeps
        what was said before, at first that each base learns its own.
    patience
        How long a migration waits for a night to end.

    Raises
    ------
    NotFoundError
        Nothing was ingested yet.
    InputError
        There are no articles, or there is no such recall.
    DamagedError
        An article is not as it was stored; the message names it and the way out.
    EncoderError
        The encoder cannot run.
    MismatchError
        The centring of another base is of another encoder.
    LockedError
        Another run is writing; with another encoder, another migration is under way.
    """
    if recall is not None:
        check_target(recall)  # said before anything is done
    started = time.perf_counter()
    live, not_int8 = readable_live(layout), ""
    if spec is None:
        spec = setup.spec
    else:
        spec, not_int8 = settled(spec, None if live is None else live.manifest.encoder)
    with ExitStack() as held:
        n_ahead, waiting = 0, setup
        before = _encoder_before(live, spec, setup)
        if spec is not None and before:
            held.enter_context(migrating(layout, command="rebuild"))
            n_ahead = _embed_beside(layout, spec, setup)
            waiting = replace(setup, patience=max(patience, setup.patience))
        opened = Writer.open(layout, command="rebuild", setup=waiting)
        writer = held.enter_context(opened)
        if centring_of is not None:
            take_centring(writer.lock, centring_of)
        n_mended = mend_store(writer) if mend else 0
        n_cleaned = renew_cleaning(writer)
        prepared = prepare(writer, spec=spec, recall=recall)
        generation = publish_prepared(writer, prepared)
    return RebuildReport(
        generation=generation.name,
        n_articles=len(prepared.content.keys),
        n_embedded=n_ahead + prepared.n_embedded,
        n_damaged=n_mended + prepared.n_damaged,
        n_stories=len(prepared.content.stories),
        n_cleaned=n_cleaned,
        index_kind=generation.manifest.index_kind,
        recall=generation.manifest.audit.recall,
        encoder_before=before,
        precision=prepared.encoder.precision,
        not_int8=not_int8,
        seconds=time.perf_counter() - started,
    )


def mend_store(writer: Writer) -> int:
    """Make again what was altered in the store and can be; return how many vectors were."""
    with writer.corpus.transaction():
        return writer.corpus.mend()


def _encoder_before(live: Generation | None, spec: EncoderSpec | None, setup: Setup) -> str:
    """Return the name of the encoder of what is live, where `spec` is another one."""
    if live is None or spec is None:
        return ""
    before = live.manifest
    own = setup.encoder if spec == OWN_ENCODER else None
    same = spec == before.encoder and (own is None or own.fingerprint == before.fingerprint)
    return "" if same else before.encoder.name


def _embed_beside(layout: Layout, spec: EncoderSpec, setup: Setup) -> int:
    """Embed every article while others may read and write; return how many texts.

    What others change meanwhile is left to the run that then holds the lock.
    """
    with Corpus(layout.corpus) as corpus:
        if corpus.cleaner() not in {None, cleaner_fingerprint()}:
            return 0  # the texts are about to change, and until then there are no nights
        return embed_missing(corpus, setup.open_encoder(spec, storing=True), spec, setup)


def prepare(
    writer: Writer,
    *,
    spec: EncoderSpec | None,
    fingerprint: str | None = None,
    anew: bool = False,
    recall: float | None = None,
) -> Prepared:
    """Embed what is new, centre and index; nothing is published yet.

    Parameters
    ----------
    writer
        Of the base.
    spec, recall
        As for `rebuild`.
    fingerprint
        That the encoder must have; None lets it have any.
    anew
        Share no file with the live generation.

    Raises
    ------
    MismatchError
        The encoder has another fingerprint than the one given. Else raises as `rebuild`.
    """
    corpus, parent, setup = writer.corpus, writer.live, writer.setup
    if spec is None:
        spec = parent.manifest.encoder if parent is not None else _latest_encoder(writer.layout)
    opened = setup.open_encoder(spec, storing=True)
    encoder = CachingEncoder(opened, corpus)
    if fingerprint not in {None, encoder.fingerprint}:
        raise MismatchError(
            f"the generation was made with encoder {fingerprint}, this engine has "
            f"{encoder.fingerprint}; run 'engine rebuild' to embed every article anew"
        )
    n_embedded = embed_missing(corpus, opened, spec, setup)
    n_damaged = 0
    try:
        made = draft_articles(writer, encoder, anew=anew, target=recall)
    except DamagedVectorsError:
        # Their texts are there, and checked before they are encoded.
        with corpus.transaction():
            n_damaged = corpus.embeddings.drop_damaged()
        n_embedded += embed_missing(corpus, opened, spec, setup)
        made = draft_articles(writer, encoder, anew=anew, target=recall)
    carried = Carried(corpus, parent)
    made = replace(made, content=replace(made.content, stories=carried))
    cleaner = corpus.cleaner() or ""
    return Prepared(
        made, opened, encoder.fingerprint, spec, cleaner, n_embedded, n_damaged, carried.keys
    )


def _latest_encoder(layout: Layout) -> EncoderSpec:
    """Return the encoder of the newest generation that still says so, else the default.

    One damaged file must not change the encoder of a base.
    """
    for entry in reversed(list_generations(layout)):
        if entry.manifest is not None:
            return entry.manifest.encoder
    return settled(EncoderSpec()).spec


def publish_prepared(
    writer: Writer,
    prepared: Prepared,
    *,
    stories: Sequence[Story] | None = None,
    run: int = NO_RUN,
) -> Generation:
    """Publish what is prepared, with its own stories or with those that `run` made."""
    content = prepared.content
    if stories is None:
        # Read before their lines are asked for, which are those of stories that were read.
        stories, run = list(content.stories), content.run
    writer.live = publish(
        writer.lock,
        prepared.draft,
        now=writer.setup.clock(),
        stories=stories,
        run=run,
        fingerprint=prepared.fingerprint,
        encoder=prepared.encoder,
        cleaner=prepared.cleaner,
    )
    return writer.live


class Carried(Sequence[Story]):
    """The parent's stories, which stay until the next clustering; read when first asked for.

    A story that lost an article is left out: its headline and counts would be wrong. There are none
    where those of the parent are damaged, or there is no parent. Several threads may ask.

    Parameters
    ----------
    corpus
        The articles.
    parent
        The live generation.

    Attributes
    ----------
    keys
        The store's keys of the articles of the stories, by id; empty until these were read.
    """

    def __init__(self, corpus: Corpus, parent: Generation | None) -> None:
        self.keys: dict[str, int] = {}
        self._corpus = corpus
        self._parent = parent
        self._reading = threading.Lock()
        self._stories: list[Story] | None = None

    @overload
    def __getitem__(self, place: int) -> Story: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Story]: ...
    def __getitem__(self, place: int | slice) -> Story | Sequence[Story]:
        """Return the story at a place, or those at several."""
        return self._all()[place]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._all())

    def __iter__(self) -> Iterator[Story]:
        """Yield them in the order in which they were published."""
        return iter(self._all())

    def _all(self) -> list[Story]:
        with self._reading:
            if self._stories is None:
                self._stories = self._read()
            return self._stories

    def _read(self) -> list[Story]:
        try:
            stories = [] if self._parent is None else self._parent.stories()
        except DamagedError:
            return []
        ids = [id_ for story in stories for id_ in story.article_ids]
        known = self._corpus.articles.keys_of(ids)
        self.keys.update(known)
        if len(known) == len(ids):  # nearly always: all of them are there
            return stories
        return [story for story in stories if all(id_ in known for id_ in story.article_ids)]
