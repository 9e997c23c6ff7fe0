"""The articles of the corpus as rows of a generation: all anew, or what has changed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress

import numpy as np

from engine.disk.layout import Layout
from engine.domain import TEXT_VERSION, Embeddings, Rows, Story
from engine.encoding import Centring, fit_centring, reference_offsets
from engine.errors import DamagedError, InputError
from engine.generations.drafting import Draft, draft, draft_changes
from engine.generations.generation import Generation
from engine.generations.staging import RowBlock
from engine.index.tuning import RECALL
from engine.jobs.embedding import CachingEncoder
from engine.protocols import Progress
from engine.store import Corpus

RECENTRED_GROWTH = 2
"""The centring is learnt anew once a base holds so many times what it was learnt from."""

ROWS_AT_ONCE = 1 << 14


def draft_articles(
    layout: Layout,
    corpus: Corpus,
    encoder: CachingEncoder,
    *,
    parent: Generation | None,
    stories: Sequence[Story],
    anew: bool,
    target: float | None,
    progress: Progress,
) -> Draft:
    """Centre and index every article; large bases only what has changed.

    Vectors pass through in blocks, so memory does not grow with the base by more than
    some bytes an article.

    Parameters
    ----------
    layout, corpus
        The base; the caller holds its lock.
    encoder
        It has embedded every article.
    parent
        The live generation, or None.
    stories
        What is live now.
    anew
        Keep nothing of `parent`'s files, not even rows that are marked as deleted.
    target
        Recall that an approximate index is tuned to, in (0, 1]; None keeps that of `parent`.

    Raises
    ------
    InputError
        There are no articles, or there is no such recall.
    StorageError
        The disk is full or cannot be written.
    """
    keys, revisions = corpus.articles.revisions()
    if not len(keys):
        raise InputError(f"there are no articles in {layout.root}; run 'engine ingest' first")
    if target is None:
        target = RECALL if parent is None else parent.manifest.audit.target
    progress("articles indexed", 0, len(keys))
    made = None
    if parent is not None and not anew and _can_grow(parent, encoder, len(keys)):
        # What is damaged is not taken over: the store has all it was made from.
        with suppress(DamagedError):
            made = _draft_changes(corpus, encoder, parent, keys, revisions, stories, target)
    if made is None:
        run = corpus.ledger.head() if parent is None else parent.manifest.run
        made = _draft_all(layout, corpus, encoder, revisions, stories, run, target)
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
    corpus: Corpus,
    encoder: CachingEncoder,
    parent: Generation,
    keys: Rows,
    revisions: Rows,
    stories: Sequence[Story],
    target: float,
) -> Draft:
    rows = parent.rows_of(keys)
    known = rows >= 0
    same = known.copy()
    same[known] = parent.revisions[rows[known]] == revisions[known]
    centring = Centring.from_bytes(parent.centring)
    found = corpus.embeddings.blocks(encoder.fingerprint, keys[~same].tolist())
    return draft_changes(
        parent,
        _centred(corpus, found, centring, keys, revisions),
        removed=np.setdiff1d(parent.keys, keys, assume_unique=True),
        stories=stories,
        target=target,
    )


def _draft_all(
    layout: Layout,
    corpus: Corpus,
    encoder: CachingEncoder,
    revisions: Rows,
    stories: Sequence[Story],
    run: int,
    target: float,
) -> Draft:
    with tempfile.TemporaryFile(dir=layout.root) as file:
        parts = []
        for keys, vectors in corpus.embeddings.blocks(encoder.fingerprint):
            file.write(vectors.data)
            parts.append(keys)
        file.flush()
        keys = np.concatenate(parts)
        raw = np.memmap(file, np.float32, "r", shape=(len(keys), encoder.dim))
        languages = corpus.articles.languages()
        centring = fit_centring(
            raw, [languages[key] for key in keys.tolist()], reference=reference_offsets(encoder)
        )
        slices = (slice(at, at + ROWS_AT_ONCE) for at in range(0, len(keys), ROWS_AT_ONCE))
        found = ((keys[part], raw[part]) for part in slices)
        return draft(
            layout,
            _centred(corpus, found, centring, keys, revisions),
            centring=centring.to_bytes(),
            stories=stories,
            run=run,
            target=target,
        )


def _centred(
    corpus: Corpus,
    found: Iterator[tuple[Rows, Embeddings]],
    centring: Centring,
    all_keys: Rows,
    revisions: Rows,
) -> Iterator[RowBlock]:
    """Yield the articles of `found` as rows; `revisions` are those of `all_keys`."""
    languages = corpus.articles.languages()
    times_of, published, _ = corpus.articles.times()
    for keys, vectors in found:
        yield RowBlock(
            keys=keys,
            published=published[np.searchsorted(times_of, keys)],
            revisions=revisions[np.searchsorted(all_keys, keys)],
            vectors=centring.apply(vectors, [languages[key] for key in keys.tolist()]),
        )
