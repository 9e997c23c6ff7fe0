"""Taking articles out of the corpus for good."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence

from engine.errors import DamagedError
from engine.store.full_text import FullText
from engine.store.rows import SUMMED, in_chunks, is_sound


class Forgotten:
    """The articles that a corpus must not hold, by a digest of their ids."""

    def __init__(self, connection: sqlite3.Connection, full_text: FullText) -> None:
        self._connection = connection
        self._full_text = full_text

    def add(self, keys: Sequence[int]) -> int:
        """Delete articles and remember not to take them in again; return how many.

        Gone are the text, its words, its earlier headlines, and its vectors unless
        another article has the same text. The caller holds a transaction.
        """
        query = "SELECT key, id, text_hash FROM articles WHERE key IN"
        found = list(in_chunks(self._connection, query, keys))
        write = self._connection.execute
        sound = [self._forget_words(key) for key, *_ in found]
        for key, id_, text_hash in found:
            write("INSERT OR IGNORE INTO forgotten VALUES (?)", (id_digest(id_),))
            write("DELETE FROM revisions WHERE article = ?", (key,))
            write("DELETE FROM articles WHERE key = ?", (key,))
            write(
                "DELETE FROM embeddings WHERE text_hash = ?1"
                " AND encoder IN (SELECT encoder FROM encoders)"
                " AND NOT EXISTS (SELECT 1 FROM articles WHERE text_hash = ?1)",
                (text_hash,),
            )
        digests = {*self.unfinished(), *(id_digest(id_).hex() for _, id_, *_ in found)}
        self._set_unfinished(sorted(digests))
        if not all(sound):
            self._full_text.make_anew()
        return len(found)

    def _forget_words(self, key: int) -> bool:
        """Take an article's words out of the index; False where it was altered, so not known."""
        query = f"SELECT title, body, {SUMMED}, checksum FROM articles WHERE key = ?"  # noqa: S608 - constants
        try:
            title, body, *row = self._connection.execute(query, (key,)).fetchone()
        except DamagedError:
            return False
        if not is_sound(row):
            return False
        self._full_text.remove(key, title, body)
        return True

    def unfinished(self) -> list[str]:
        """Return the hexadecimal digests of what was deleted since `finish` was last called."""
        row = self._connection.execute(
            "SELECT value FROM settings WHERE name = 'forgetting'"
        ).fetchone()
        return [] if row is None else list(json.loads(row[0]))

    def finish(self) -> None:
        """Say that nothing is left of what was deleted; the caller holds a transaction."""
        self._set_unfinished([])

    def _set_unfinished(self, digests: Sequence[str]) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO settings VALUES ('forgetting', ?)", (json.dumps(digests),)
        )

    def __contains__(self, id_: str) -> bool:
        """Tell whether the article of that id was forgotten."""
        return id_ in forgotten_among(self._connection, [id_])

    def scrub(self) -> None:
        """Drop vectors of texts that are gone, and overwrite what deleted rows left.

        Takes the time and space of a copy of the file.
        """
        # Earlier versions of edited articles; reference texts of encoders are made again.
        self._connection.execute(
            "DELETE FROM embeddings WHERE text_hash NOT IN (SELECT text_hash FROM articles)"
        )
        self._connection.execute("INSERT INTO full_text (full_text) VALUES ('optimize')")
        self._connection.execute("VACUUM")
        self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def forgotten_among(connection: sqlite3.Connection, ids: Sequence[str]) -> set[str]:
    """Return those of `ids` whose article was forgotten."""
    by_digest = {id_digest(id_): id_ for id_ in ids}
    query = "SELECT id_hash FROM forgotten WHERE id_hash IN"
    return {by_digest[digest] for (digest,) in in_chunks(connection, query, list(by_digest))}


def id_digest(id_: str) -> bytes:
    """Return 16 bytes of BLAKE2b: an id may name a person, its digest does not."""
    return hashlib.blake2b(id_.encode("utf-8", "surrogatepass"), digest_size=16).digest()
