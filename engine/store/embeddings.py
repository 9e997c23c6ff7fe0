"""The embedding cache: vectors by encoder fingerprint and text hash."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np

from engine.domain import Embeddings, Rows, embedding_text

_LITTLE_ENDIAN = np.dtype("<f4")
_FETCHED_AT_ONCE = 4096


class EmbeddingCache:
    """Unit vectors of texts, kept for every encoder that made them.

    A text is named by its hash and an encoder by its fingerprint, so another model, a
    changed prompt or an edited article never gets a stale vector.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def missing(self, fingerprint: str) -> list[tuple[bytes, int]]:
        """List the texts of the articles that have no vector by this encoder.

        Returns
        -------
        list
            One (text hash, key of an article with that text) for each distinct text,
            longest text first: a batch holds texts of like length, and what needs most
            memory fails first.
        """
        return self._connection.execute(
            "SELECT a.text_hash, min(a.key) FROM articles a WHERE NOT EXISTS ("
            " SELECT 1 FROM embeddings e JOIN encoders USING (encoder)"
            " WHERE fingerprint = ? AND e.text_hash = a.text_hash)"
            " GROUP BY a.text_hash ORDER BY length(a.title) + length(a.body) DESC, min(a.key)",
            (fingerprint,),
        ).fetchall()

    def texts(self, keys: Sequence[int]) -> list[str]:
        """Return the text to embed of each article, in the order of `keys`."""
        marks = ",".join("?" * len(keys))
        found = self._connection.execute(
            f"SELECT key, title, body FROM articles WHERE key IN ({marks})",  # noqa: S608 - only marks
            list(keys),
        )
        by_key = {key: embedding_text(title, body) for key, title, body in found}
        return [by_key[key] for key in keys]

    def put(self, fingerprint: str, hashes: Sequence[bytes], vectors: Embeddings) -> None:
        """Store `vectors` (n, dim) under `hashes` (n); the caller holds a transaction."""
        run = self._connection.execute
        run(
            "INSERT OR IGNORE INTO encoders (fingerprint, dim) VALUES (?, ?)",
            (fingerprint, vectors.shape[1]),
        )
        (encoder,) = run(
            "SELECT encoder FROM encoders WHERE fingerprint = ?", (fingerprint,)
        ).fetchone()
        self._connection.executemany(
            "INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)",
            (
                (encoder, digest, row.astype(_LITTLE_ENDIAN).tobytes())
                for digest, row in zip(hashes, vectors, strict=True)
            ),
        )

    def get(self, fingerprint: str, hashes: Sequence[bytes]) -> dict[bytes, Embeddings]:
        """Return the vectors, each of shape (dim,), that exist among `hashes`."""
        found: dict[bytes, Embeddings] = {}
        for digest in hashes:
            row = self._connection.execute(
                "SELECT vector FROM embeddings JOIN encoders USING (encoder)"
                " WHERE fingerprint = ? AND text_hash = ?",
                (fingerprint, digest),
            ).fetchone()
            if row is not None:
                found[digest] = np.frombuffer(row[0], _LITTLE_ENDIAN).astype(np.float32)
        return found

    def matrix(self, fingerprint: str, dim: int) -> tuple[Rows, Embeddings]:
        """Return every article that has a vector by this encoder.

        Returns
        -------
        keys, vectors
            Int64 article keys, ascending, shape (n,), and float32 unit rows, shape (n, dim).
        """
        join = (
            "FROM articles a JOIN embeddings e ON e.text_hash = a.text_hash"
            " JOIN encoders USING (encoder) WHERE fingerprint = ?"
        )
        (n_articles,) = self._connection.execute(
            f"SELECT count(*) {join}", (fingerprint,)
        ).fetchone()
        keys = np.empty(n_articles, np.int64)
        vectors = np.empty((n_articles, dim), np.float32)
        cursor = self._connection.execute(
            f"SELECT a.key, e.vector {join} ORDER BY a.key", (fingerprint,)
        )
        start = 0
        while rows := cursor.fetchmany(_FETCHED_AT_ONCE):
            stop = start + len(rows)
            keys[start:stop] = [key for key, _ in rows]
            joined = b"".join(vector for _, vector in rows)
            vectors[start:stop] = np.frombuffer(joined, _LITTLE_ENDIAN).reshape(-1, dim)
            start = stop
        return keys, vectors
