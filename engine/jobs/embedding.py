"""Texts into cached embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain import Embeddings, text_hash
from engine.jobs.ingest import batches
from engine.protocols import Encoder, Progress
from engine.store import Corpus

TEXTS_AT_ONCE = 256
"""Texts that are encoded and committed together: what a killed run encodes again at most."""


class CachingEncoder:
    """An encoder that keeps what it made in the corpus and never makes it twice."""

    def __init__(self, encoder: Encoder, corpus: Corpus) -> None:
        self._encoder = encoder
        self._corpus = corpus

    @property
    def fingerprint(self) -> str:
        """Names everything that changes the vectors."""
        return self._encoder.fingerprint

    @property
    def dim(self) -> int:
        """Length of a vector."""
        return self._encoder.dim

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text, shape (n_texts, dim), from the cache if there."""
        hashes = [text_hash(text) for text in texts]
        known = self._corpus.embeddings.get(self.fingerprint, hashes)
        new = {
            digest: text for digest, text in zip(hashes, texts, strict=True) if digest not in known
        }
        for batch in batches(new.items(), TEXTS_AT_ONCE):
            digests, missing = zip(*batch, strict=True)
            vectors = self._encoder.encode(missing)
            with self._corpus.transaction():
                self._corpus.embeddings.put(self.fingerprint, digests, vectors)
            known.update(zip(digests, vectors, strict=True))
        out = np.empty((len(texts), self.dim), np.float32)
        for row, digest in enumerate(hashes):
            out[row] = known[digest]
        return out


def embed_missing(corpus: Corpus, encoder: Encoder, progress: Progress) -> int:
    """Encode every article whose text has no embedding yet; return how many texts.

    Each batch is committed before the next begins, so a killed run loses one batch. Another
    run may change the articles meanwhile: each vector is stored under the text that it was
    made of, and not at all once no article says that any more, as when it was forgotten.
    """
    missing = corpus.embeddings.missing(encoder.fingerprint)
    done = 0
    for batch in batches(missing, TEXTS_AT_ONCE):
        progress("texts embedded", done, len(missing))
        texts = corpus.embeddings.texts([key for _, key in batch])
        if not texts:
            continue
        vectors = encoder.encode(list(texts.values()))
        with corpus.transaction():
            wanted = corpus.embeddings.of_articles(list(texts))
            rows = [row for row, digest in enumerate(texts) if digest in wanted]
            hashes = [digest for digest in texts if digest in wanted]
            corpus.embeddings.put(encoder.fingerprint, hashes, vectors[rows])
        done += len(batch)
    progress("texts embedded", done, len(missing))
    return done
