"""The embedding cache: vectors by encoder fingerprint and text hash."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from engine.domain import Embeddings, Keys, embedding_text
from engine.errors import DamagedError
from engine.store.checksums import count_in, row_sum
from engine.store.packing import packed, unpacked
from engine.store.rows import SUMMED, VECTOR_SUM, expect_sound, in_chunks
from engine.store.transactions import transaction

FETCHED_AT_ONCE = 4096

_BY_KEY = (
    "WITH hashes AS MATERIALIZED"
    # Without a limit SQLite leaves out the order.
    " (SELECT key, text_hash FROM articles ORDER BY key LIMIT -1)"
)
# A cross join keeps the order of the tables: some articles must not cost a scan of all vectors,
# and all of them no sorting of vectors.
_OF_HASHES, _OF_ARTICLES = (
    f"SELECT a.key, e.text_hash, e.vector, e.checksum FROM {table} a"  # noqa: S608 - constants
    " CROSS JOIN embeddings e USING (text_hash) WHERE e.encoder ="
    for table in ("hashes", "articles")
)


class DamagedVectorsError(DamagedError):
    """Cached vectors that are not as they were stored."""


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
        number, _ = self._encoder(fingerprint) or (-1, 0)
        # In order both are read from an index side by side, which takes a quarter of asking for
        # each; most nights have no such text.
        hashes = self._connection.execute(
            "SELECT text_hash FROM articles EXCEPT"
            " SELECT text_hash FROM embeddings WHERE encoder = ? ORDER BY 1",
            (number,),
        ).fetchall()
        query = (
            "SELECT text_hash, min(key), length(title) + length(body) FROM articles"
            " WHERE text_hash IN"
        )
        digests = [digest for (digest,) in hashes]
        found = list(in_chunks(self._connection, query, digests, " GROUP BY text_hash"))
        found.sort(key=lambda row: (-row[2], row[1]))
        return [(digest, key) for digest, key, _ in found]

    def texts(self, keys: Sequence[int]) -> dict[bytes, str]:
        """Return the texts to embed, by their hash, in the order of `keys`.

        Articles that are gone are left out; of one that was edited it is the text as it is.

        Raises
        ------
        DamagedError
            An article is not as it was stored.
        """
        query = f"SELECT {SUMMED}, checksum FROM articles WHERE key IN"  # noqa: S608 - constants
        rows = {row[0]: row for row in in_chunks(self._connection, query, keys)}
        expect_sound(self._connection, list(rows.values()))
        found = (rows[key] for key in keys if key in rows)
        return {row[-2]: embedding_text(row[2], row[3]) for row in found}

    def of_articles(self, hashes: Sequence[bytes]) -> set[bytes]:
        """Return those of `hashes` that are of an article's text."""
        query = "SELECT text_hash FROM articles WHERE text_hash IN"
        return {digest for (digest,) in in_chunks(self._connection, query, hashes)}

    def hashes_of(self, ids: Sequence[str]) -> dict[str, bytes]:
        """Return the hash of the text of each article that exists among `ids`, by id."""
        query = "SELECT id, text_hash FROM articles WHERE id IN"
        return dict(in_chunks(self._connection, query, ids))

    def dim(self, fingerprint: str) -> int | None:
        """Return the length of the vectors by this encoder; None where there are none."""
        encoder = self._encoder(fingerprint)
        return None if encoder is None else encoder[1]

    def _encoder(self, fingerprint: str) -> tuple[int, int] | None:
        """Return number and dimension of an encoder that made vectors."""
        found: tuple[int, int] | None = self._connection.execute(
            "SELECT encoder, dim FROM encoders WHERE fingerprint = ?", (fingerprint,)
        ).fetchone()
        return found

    def put(self, fingerprint: str, hashes: Sequence[bytes], vectors: Embeddings) -> None:
        """Store `vectors` (n, dim) under `hashes` (n), all different, in a transaction."""
        run = self._connection.execute
        run(
            "INSERT OR IGNORE INTO encoders (fingerprint, dim) VALUES (?, ?)",
            (fingerprint, vectors.shape[1]),
        )
        (encoder,) = run(
            "SELECT encoder FROM encoders WHERE fingerprint = ?", (fingerprint,)
        ).fetchone()
        query = f"SELECT text_hash FROM embeddings WHERE encoder = {encoder:d} AND text_hash IN"  # noqa: S608 - a number
        for (digest,) in list(in_chunks(self._connection, query, hashes)):
            run("DELETE FROM embeddings WHERE encoder = ? AND text_hash = ?", (encoder, digest))
        rows = list(packed(vectors))
        sums = [row_sum(fingerprint, *row) for row in zip(hashes, rows, strict=True)]
        self._connection.executemany(
            "INSERT INTO embeddings (encoder, text_hash, vector, checksum) VALUES (?, ?, ?, ?)",
            ((encoder, *row) for row in zip(hashes, rows, sums, strict=True)),
        )
        count_in(self._connection, "embeddings", sums)

    def get(self, fingerprint: str, hashes: Sequence[bytes]) -> dict[bytes, Embeddings]:
        """Return the vectors, each of shape (dim,), that exist among `hashes` and are sound."""
        encoder = self._encoder(fingerprint)
        if encoder is None:
            return {}
        number, dim = encoder
        query = (
            "SELECT text_hash, vector, checksum FROM embeddings"  # noqa: S608 - a number
            f" WHERE encoder = {number} AND text_hash IN"
        )
        sound = {
            digest: vector
            for digest, vector, checksum in in_chunks(self._connection, query, hashes)
            if row_sum(fingerprint, digest, vector) == checksum
        }
        return dict(zip(sound, unpacked(list(sound.values()), dim), strict=True))

    def blocks(
        self, fingerprint: str, keys: Sequence[int] | None = None
    ) -> Iterator[tuple[Keys, Embeddings]]:
        """Yield the articles that have a vector by this encoder, some at a time.

        Parameters
        ----------
        fingerprint
            Of the encoder.
        keys
            Only these articles, in any order; all, by ascending key, where None.

        Yields
        ------
        keys, vectors
            Int64, shape (n,), and float32 unit rows, shape (n, dim).

        Raises
        ------
        DamagedVectorsError
            Some are not as they were stored.
        """
        encoder = self._encoder(fingerprint)
        if encoder is None:
            return
        number, dim = encoder
        if keys is None:
            rows: Iterator[tuple[int, bytes, bytes, int]] = self._connection.execute(
                f"{_BY_KEY} {_OF_HASHES} {number}"
            )
        else:
            rows = in_chunks(self._connection, f"{_OF_ARTICLES} {number} AND a.key IN", keys)
        while block := list(islice(rows, FETCHED_AT_ONCE)):
            if any(
                row_sum(fingerprint, digest, vector) != checksum
                for _, digest, vector, checksum in block
            ):
                raise DamagedVectorsError(
                    "cached vectors are not as they were stored; run 'engine rebuild --mend' to "
                    "encode their texts again"
                )
            yield (
                Keys(np.array([row[0] for row in block], np.int64)),
                unpacked([row[2] for row in block], dim),
            )

    def drop_damaged(self) -> int:
        """Drop all vectors that are not as they were stored; return how many.

        The caller holds a transaction.
        """
        return self._connection.execute(
            f"DELETE FROM embeddings WHERE {VECTOR_SUM} IS NOT checksum"  # noqa: S608 - constants
        ).rowcount

    def n_unused(self) -> int:
        """Return the number of vectors that are of no article's text."""
        (count,) = self._connection.execute(
            "SELECT count(*) FROM embeddings"
            " WHERE text_hash NOT IN (SELECT text_hash FROM articles)"
        ).fetchone()
        return int(count)

    def adopt(self, other: Path) -> None:
        """Take over all vectors of another corpus file; the caller holds no transaction."""
        run = self._connection.execute
        run("ATTACH DATABASE ? AS other", (str(other),))
        try:
            with transaction(self._connection):
                run(
                    "INSERT OR IGNORE INTO encoders (fingerprint, dim)"
                    " SELECT fingerprint, dim FROM other.encoders"
                )
                sums = run(
                    "INSERT OR IGNORE INTO embeddings (encoder, text_hash, vector, checksum)"
                    " SELECT mine.encoder, text_hash, vector, checksum"
                    " FROM other.embeddings JOIN other.encoders theirs USING (encoder)"
                    " JOIN main.encoders mine USING (fingerprint) RETURNING checksum"
                ).fetchall()
                count_in(self._connection, "embeddings", [checksum for (checksum,) in sums])
        finally:
            run("DETACH DATABASE other")
