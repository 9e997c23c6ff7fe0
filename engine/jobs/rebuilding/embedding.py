"""Texts into cached embeddings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain import Embeddings, EncoderSpec, text_hash
from engine.encoding import open_encoder
from engine.encoding.registry import OF_THE_ENGINE
from engine.errors import MismatchError
from engine.jobs.base.setup import OWN_ENCODER, Setup
from engine.jobs.storing.ingest import batches
from engine.protocols import Encoder
from engine.store import Corpus

TEXTS_AT_ONCE = 256
"""Texts that are encoded and committed together. A killed run encodes so many again at most; on
a cluster, twice as many for each worker."""


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


@dataclass(frozen=True, slots=True)
class TextPart:
    """Some texts, of which one worker makes vectors at once.

    Attributes
    ----------
    first, last
        Their numbers among all that are to be embedded, from 1.
    texts
        By their hash, those that are still there.
    """

    first: int
    last: int
    texts: dict[bytes, str]

    @property
    def name(self) -> str:
        """What messages call them."""
        return f"texts {self.first} to {self.last}"


@dataclass(frozen=True, slots=True)
class Opening:
    """Opens the encoder of a stage in each worker.

    Attributes
    ----------
    spec, fingerprint
        Names of the encoder, and of what it makes.
    encoder
        As it is open already; None: not here.
    """

    spec: EncoderSpec
    fingerprint: str
    encoder: Encoder | None

    def __reduce__(self) -> tuple[type[Opening], tuple[object, ...]]:
        """Send no weights, which are wherever the engine is; only what has no name is sent."""
        sent = self.encoder if self.spec == OWN_ENCODER else None
        return Opening, (self.spec, self.fingerprint, sent)

    def __call__(self) -> Callable[[TextPart], Embeddings]:
        """Return what makes the vectors of a part, (n_texts, dim).

        Raises
        ------
        MismatchError
            It would make others than where the run was begun.
        """
        encoder = self.encoder or open_encoder(self.spec, storing=True)
        if encoder.fingerprint != self.fingerprint:
            raise MismatchError(
                f"a worker has encoder {encoder.fingerprint}, the run was begun with "
                f"{self.fingerprint}; install the same engine on every node"
            )
        return lambda part: encoder.encode(list(part.texts.values()))


def embed_missing(corpus: Corpus, encoder: Encoder, spec: EncoderSpec, setup: Setup) -> int:
    """Encode every article whose text has no embedding yet; return how many texts.

    Each part is committed when it and all before it are done, so a killed run loses no more
    than the workers were at. Another run may change the articles meanwhile: each vector is
    stored under the text that it was made of, and not at all once no article says that any
    more, as when it was forgotten.

    Parameters
    ----------
    corpus
        Of the base.
    encoder, spec
        The encoder, as it is open here, and what names it.
    setup
        Its executor makes the vectors.
    """
    missing = corpus.embeddings.missing(encoder.fingerprint)
    setup.progress("texts embedded", 0, len(missing))
    done = 0
    answers = setup.executor.map(
        Opening(spec, encoder.fingerprint, encoder),
        _parts(corpus, missing),
        accelerated=spec.name not in OF_THE_ENGINE,
        spread=True,
    )
    for part, vectors in answers:
        texts = part.texts
        with corpus.transaction():
            wanted = corpus.embeddings.of_articles(list(texts))
            rows = [row for row, digest in enumerate(texts) if digest in wanted]
            hashes = [digest for digest in texts if digest in wanted]
            corpus.embeddings.put(encoder.fingerprint, hashes, vectors[rows])
        done += part.last - part.first + 1
        setup.progress("texts embedded", part.last, len(missing))
    return done


def _parts(corpus: Corpus, missing: Sequence[tuple[bytes, int]]) -> Iterator[TextPart]:
    """Yield the texts that have no vector, read as they are asked for."""
    last = 0
    for batch in batches(missing, TEXTS_AT_ONCE):
        first, last = last + 1, last + len(batch)
        if texts := corpus.embeddings.texts([key for _, key in batch]):
            yield TextPart(first, last, texts)
