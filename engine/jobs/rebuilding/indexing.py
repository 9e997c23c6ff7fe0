"""The articles of the corpus as rows of a generation: all anew, or what has changed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import suppress
from typing import IO

import numpy as np

from engine.disk.files import storage_errors
from engine.domain import TEXT_VERSION, Embeddings, Keys, Revisions, embedding_text, lengths_of
from engine.encoding import (
    Centring,
    LengthOffset,
    fit_centring,
    fit_length_offset,
    reference_offsets,
)
from engine.errors import DamagedError, InputError
from engine.generations.drafting import Draft, draft, draft_changes
from engine.generations.generation import Generation
from engine.generations.staging import RowBlock
from engine.index.tuning import RECALL
from engine.jobs.base.writer import Writer
from engine.jobs.rebuilding.centring import taken_centring
from engine.jobs.rebuilding.embedding import CachingEncoder
from engine.store import Corpus

RECENTRED_GROWTH = 2
"""The centring is learnt anew once a base holds so many times what it was learnt from."""

SAMPLED_TITLES = 128
"""Articles whose titles are encoded for what vectors say of the length of texts: half a second
with the built-in model, and 64 find related articles as well as all (decision 29)."""

ROWS_AT_ONCE = 1 << 14


def draft_articles(
    writer: Writer,
    encoder: CachingEncoder,
    *,
    anew: bool,
    target: float | None,
) -> Draft:
    """Centre and index every article; large bases only what has changed.

    Vectors pass through in blocks, so memory does not grow with the base by more than
    some bytes an article. What is drafted has no stories yet.

    Parameters
    ----------
    writer
        Of the base.
    encoder
        It has embedded every article.
    anew
        Keep no files of the live generation, not even rows that are marked as deleted.
    target
        Recall that an approximate index is tuned to, in (0, 1]; None keeps that of the
        live generation.

    Raises
    ------
    InputError
        There are no articles, or there is no such recall.
    DamagedError
        An article, or a cached vector, is not as it was stored.
    MismatchError
        The centring that the base took from another one is of another encoder.
    StorageError
        The disk is full or cannot be written.
    """
    corpus, parent, progress = writer.corpus, writer.live, writer.setup.progress
    keys, revisions = corpus.articles.revisions()
    if not len(keys):
        root = writer.layout.root
        raise InputError(f"there are no articles in {root}; run 'engine ingest' first")
    if target is None:
        target = RECALL if parent is None else parent.manifest.audit.target
    progress("articles indexed", 0, len(keys))
    made, taken = None, taken_centring(writer.layout, encoder.fingerprint)
    if parent is not None and not anew and _can_grow(parent, encoder, len(keys)):
        # What is damaged is not taken over: the store has all it was made from.
        with suppress(DamagedError):
            if taken is None or taken == parent.centring:
                made = _draft_changes(writer, encoder, parent, keys, revisions, target)
    if made is None:
        made = _draft_all(writer, encoder, revisions, target, taken)
    progress("articles indexed", len(keys), len(keys))
    return made


def _can_grow(parent: Generation, encoder: CachingEncoder, n_articles: int) -> bool:
    """Tell whether the vectors of `parent` can stay as they are.

    Small bases are always centred anew: it costs next to nothing, and their means move.
    """
    manifest = parent.manifest
    return (
        manifest.index_kind != "flat"
        and manifest.fingerprint == encoder.fingerprint
        and manifest.text_version == TEXT_VERSION
        and n_articles < RECENTRED_GROWTH * manifest.n_centred
    )


def _draft_changes(
    writer: Writer,
    encoder: CachingEncoder,
    parent: Generation,
    keys: Keys,
    revisions: Revisions,
    target: float,
) -> Draft:
    corpus = writer.corpus
    rows = parent.rows_of(keys)
    known = rows >= 0
    same = known.copy()
    same[known] = parent.revisions[rows[known]] == revisions[known]
    centring = Centring.from_bytes(parent.centring)
    found = corpus.embeddings.blocks(encoder.fingerprint, keys[~same].tolist())
    return draft_changes(
        writer.lock,
        parent,
        _centred(corpus, found, centring, keys, revisions),
        removed=Keys(np.setdiff1d(parent.keys, keys, assume_unique=True)),
        target=target,
    )


def _draft_all(
    writer: Writer,
    encoder: CachingEncoder,
    revisions: Revisions,
    target: float,
    taken: bytes | None,
) -> Draft:
    corpus = writer.corpus
    run = corpus.ledger.head() if writer.live is None else writer.live.manifest.run
    root = writer.layout.root
    with storage_errors(root), tempfile.TemporaryFile(dir=root) as file:
        parts = []
        for keys, vectors in corpus.embeddings.blocks(encoder.fingerprint):
            file.write(vectors.data)
            parts.append(keys)
        file.flush()
        all_keys = Keys(np.concatenate(parts))
        raw = np.memmap(file, np.float32, "r", shape=(len(all_keys), encoder.dim))
        fitted = _fitted(corpus, encoder, all_keys, raw).to_bytes() if taken is None else taken
        del raw  # its pages count as memory, and the index is about to want some
        found = _read_back(file, all_keys, encoder.dim)
        return draft(
            writer.lock,
            _centred(corpus, found, Centring.from_bytes(fitted), all_keys, revisions),
            centring=fitted,
            run=run,
            kind=writer.setup.index_kind,
            target=target,
        )


def _read_back(file: IO[bytes], keys: Keys, dim: int) -> Iterator[tuple[Keys, Embeddings]]:
    """Yield the vectors in `file`, of `keys` and (n, dim), some at a time."""
    file.seek(0)
    for start in range(0, len(keys), ROWS_AT_ONCE):
        some = Keys(keys[start : start + ROWS_AT_ONCE])
        rows = np.frombuffer(file.read(some.size * dim * np.dtype(np.float32).itemsize), np.float32)
        yield some, rows.reshape(-1, dim)


def _fitted(corpus: Corpus, encoder: CachingEncoder, keys: Keys, vectors: Embeddings) -> Centring:
    """Return the centring of the articles `keys`, all there are."""
    languages, lengths = corpus.articles.languages(), corpus.articles.lengths()
    return fit_centring(
        vectors,
        [languages[key] for key in keys.tolist()],
        reference=reference_offsets(encoder),
        length=_length_offset(corpus, encoder),
        lengths=np.array([lengths[key] for key in keys.tolist()], np.int64),
    )


def _length_offset(corpus: Corpus, encoder: CachingEncoder) -> LengthOffset | None:
    """Return what some articles of the corpus and their titles say of the length of texts."""
    articles = [article for article in corpus.articles.sample(SAMPLED_TITLES) if article.title]
    titles = [article.title for article in articles]
    texts = [embedding_text(article.title, article.body) for article in articles]
    return fit_length_offset(
        encoder.encode(titles), encoder.encode(texts), lengths_of(titles), lengths_of(texts)
    )


def _centred(
    corpus: Corpus,
    found: Iterator[tuple[Keys, Embeddings]],
    centring: Centring,
    all_keys: Keys,
    revisions: Revisions,
) -> Iterator[RowBlock]:
    """Yield the articles of `found` as rows; `revisions` are those of `all_keys`."""
    for keys, vectors in found:
        languages, published, lengths = corpus.articles.checked(keys)
        yield RowBlock(
            keys=keys,
            published=published,
            revisions=Revisions(revisions[np.searchsorted(all_keys, keys)]),
            vectors=centring.apply(vectors, languages, lengths),
        )
