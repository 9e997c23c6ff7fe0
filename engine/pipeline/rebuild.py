"""The corpus into a published generation."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from engine.domain import EncoderSpec, Rows, Story
from engine.encoding import Centring, fit_centring, open_encoder, reference_offsets
from engine.errors import DamagedError, InputError, MismatchError
from engine.indexing import (
    UNDATED,
    Generation,
    GenerationContent,
    Layout,
    build_index,
    publish,
)
from engine.pipeline.embed import CachingEncoder, embed_missing
from engine.pipeline.settling import live_generation, writer
from engine.protocols import Progress, silent
from engine.store import NO_RUN, Corpus


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did.

    Attributes
    ----------
    generation
        Name of the published generation.
    n_articles, n_embedded, n_stories
        Articles indexed, texts that had to be encoded, stories carried over.
    index_kind
        Kind of the FAISS index.
    seconds
        Wall time.
    """

    generation: str
    n_articles: int
    n_embedded: int
    n_stories: int
    index_kind: str
    seconds: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is ready to be published.

    Attributes
    ----------
    content
        Rows and index, with the stories that are live now and the run that made them.
    fingerprint, encoder
        How the vectors were made.
    n_embedded
        Texts that had to be encoded.
    """

    content: GenerationContent
    fingerprint: str
    encoder: EncoderSpec
    n_embedded: int


def rebuild(
    layout: Layout, *, spec: EncoderSpec | None = None, progress: Progress = silent
) -> RebuildReport:
    """Embed what is new, centre, index and publish a generation.

    Parameters
    ----------
    layout
        The base.
    spec
        The encoder; None keeps the live generation's, or takes the default.

    Raises
    ------
    NotFoundError
        Nothing was ingested yet.
    EncoderError
        The encoder cannot run.
    LockedError
        Another run is writing.
    """
    started = time.perf_counter()
    with writer(layout, command="rebuild") as corpus:
        prepared = prepare(layout, corpus, spec=spec, progress=progress)
        generation = publish_prepared(layout, prepared)
    return RebuildReport(
        generation=generation.name,
        n_articles=len(prepared.content.keys),
        n_embedded=prepared.n_embedded,
        n_stories=len(prepared.content.stories),
        index_kind=generation.manifest.index_kind,
        seconds=time.perf_counter() - started,
    )


def prepare(
    layout: Layout,
    corpus: Corpus,
    *,
    spec: EncoderSpec | None,
    progress: Progress,
    fingerprint: str | None = None,
) -> Prepared:
    """Embed what is new, centre and index; nothing is published yet.

    Raises as `rebuild` does, and MismatchError when the encoder has another fingerprint
    than the one given. The caller holds the lock.
    """
    parent = live_generation(layout)
    if spec is None:
        spec = parent.manifest.encoder if parent is not None else EncoderSpec()
    encoder = CachingEncoder(open_encoder(spec, storing=True), corpus)
    if fingerprint not in {None, encoder.fingerprint}:
        raise MismatchError(
            f"the generation was made with encoder {fingerprint}, this engine has "
            f"{encoder.fingerprint}; run 'engine rebuild' to embed every article anew"
        )
    n_embedded = embed_missing(corpus, encoder, progress)
    keys, vectors = corpus.embeddings.matrix(encoder.fingerprint, encoder.dim)
    if not len(keys):
        raise InputError(f"there are no articles in {layout.root}; run 'engine ingest' first")
    progress("articles indexed", 0, len(keys))
    centring = _centring(corpus, encoder, keys, vectors)
    content = GenerationContent(
        keys=keys,
        published=_published(corpus, keys),
        index=build_index(centring.apply(vectors, _languages(corpus, keys))),
        centring=centring.to_bytes(),
        stories=_carried(corpus, parent),
        run=corpus.ledger.head() if parent is None else parent.manifest.run,
    )
    progress("articles indexed", len(keys), len(keys))
    return Prepared(content, encoder.fingerprint, spec, n_embedded)


def publish_prepared(
    layout: Layout,
    prepared: Prepared,
    *,
    stories: Sequence[Story] | None = None,
    run: int = NO_RUN,
) -> Generation:
    """Publish what is prepared, with its own stories or with those that `run` made."""
    content = prepared.content
    if stories is not None:
        content = replace(content, stories=stories, run=run)
    return publish(layout, content, fingerprint=prepared.fingerprint, encoder=prepared.encoder)


def _centring(
    corpus: Corpus, encoder: CachingEncoder, keys: Rows, vectors: np.typing.NDArray[np.float32]
) -> Centring:
    return fit_centring(vectors, _languages(corpus, keys), reference=reference_offsets(encoder))


def _languages(corpus: Corpus, keys: Rows) -> list[str]:
    languages = corpus.articles.languages()
    return [languages[key] for key in keys.tolist()]


def _published(corpus: Corpus, keys: Rows) -> Rows:
    published = corpus.articles.published()
    moments = (published[key] for key in keys.tolist())
    return np.array([UNDATED if moment is None else moment for moment in moments], np.int64)


def _carried(corpus: Corpus, parent: Generation | None) -> list[Story]:
    """Return the parent's stories, which stay until the next clustering.

    A story that lost an article is left out: its headline and counts would be wrong.
    """
    if parent is None:
        return []
    try:
        stories = parent.stories()
    except DamagedError:
        return []
    known = corpus.articles.keys_of([id_ for story in stories for id_ in story.article_ids])
    return [story for story in stories if all(id_ in known for id_ in story.article_ids)]
