"""Word search over the articles, in any script."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from engine.domain import Keys
from engine.words.late import late, with_properties

if TYPE_CHECKING:
    import regex

_UNSPACED = late(
    with_properties, r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]+"
)


@cache
def _maybe_unspaced() -> re.Pattern[str]:
    """Return what finds more than these scripts, in a tenth of the time where there are none.

    To make it takes 4 ms, which who writes and looks for no words need not wait for.
    """
    return re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\u2e80-\U0010ffff]")


_WORD = late(with_properties, r"[\p{L}\p{M}\p{N}]+")

FULL_TEXT = (
    "CREATE VIRTUAL TABLE full_text USING fts5 ("
    "title, body, content = '', tokenize = 'unicode61 remove_diacritics 2')"
)

WORDS = "key, CAST(coalesce(title, '') AS TEXT), CAST(coalesce(body, '') AS TEXT)"
"""Columns of an article that are indexed, as text even where they were altered."""

TITLE_WEIGHT = 4.0
"""BM25 weight of a title's words against the body's: titles name the event."""


def spaced(text: str) -> str:
    """Return `text` with runs of unspaced scripts broken into overlapping bigrams.

    FTS5's tokenizer takes a run of Chinese for one word and would find none of its
    parts. Bigrams are the usual remedy (Nie et al. 2000, "On the use of words and
    n-grams for Chinese information retrieval").
    """
    if text.isascii() or not _maybe_unspaced().search(text):
        return text
    return _UNSPACED.sub(_bigrams, text)


def _bigrams(match: regex.Match[str]) -> str:
    run = match.group()
    pairs = [run[i : i + 2] for i in range(len(run) - 1)] or [run]
    return f" {' '.join(pairs)} "


class Edits:
    """What edited articles said and say, until the words of all of them are changed at once.

    Not one by one between the articles: each of these runs a trigger, before which SQLite has
    FTS5 write the words that it holds.
    """

    def __init__(self) -> None:
        self._before: dict[int, tuple[str, str]] = {}
        self._after: dict[int, tuple[str, str]] = {}
        self._anew = False

    def add(self, key: int, before: tuple[str, str], after: tuple[str, str]) -> None:
        """Keep title and body of an article, as they are indexed and as they are now."""
        self._before.setdefault(key, before)
        self._after[key] = after

    def add_unknown(self) -> None:
        """Keep in mind that an article was edited of which nobody knows what is indexed."""
        self._anew = True

    def write(self, full_text: FullText) -> None:
        """Change the words; the caller holds a transaction."""
        if self._anew:
            full_text.make_anew()
            return
        for key, said in self._before.items():
            full_text.remove(key, *said)
        full_text.add((key, *said) for key, said in self._after.items())


class FullText:
    """The FTS5 index of a corpus.

    Contentless: the words are in the articles; CJK text goes in as character bigrams.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, articles: Iterable[tuple[int, str, str]]) -> None:
        """Index the words of new articles, each given as key, title and body."""
        self._connection.executemany(
            "INSERT INTO full_text (rowid, title, body) VALUES (?, ?, ?)",
            ((key, spaced(title), spaced(body)) for key, title, body in articles),
        )

    def remove(self, key: int, title: str, body: str) -> None:
        """Forget an article; `title` and `body` must be those it was added with."""
        self._connection.execute(
            "INSERT INTO full_text (full_text, rowid, title, body) VALUES ('delete', ?, ?, ?)",
            (key, spaced(title), spaced(body)),
        )

    def make_anew(self) -> None:
        """Index all articles anew; the caller holds a transaction."""
        self._connection.execute("INSERT INTO full_text (full_text) VALUES ('delete-all')")
        rows = self._connection.execute(f"SELECT {WORDS} FROM articles")  # noqa: S608 - constants
        self.add(rows)

    def search(self, text: str, limit: int) -> tuple[Keys, npt.NDArray[np.float32]]:
        """Find the articles that share most words with `text`.

        Parameters
        ----------
        text
            Any text; every word is a possible match, none is required.
        limit
            Most articles to return.

        Returns
        -------
        keys, scores
            Int64 article keys, best first, and float32 BM25 scores (larger is better),
            both of shape (n_found,).
        """
        words = dict.fromkeys(_WORD.findall(spaced(text)))
        if not words:
            return Keys(np.empty(0, np.int64)), np.empty(0, np.float32)
        found = self._connection.execute(
            f"SELECT rowid, -bm25(full_text, {TITLE_WEIGHT}, 1.0) AS score FROM full_text "  # noqa: S608 - a constant
            "WHERE full_text MATCH ? ORDER BY score DESC, rowid LIMIT ?",
            (" OR ".join(f'"{word}"' for word in words), limit),
        ).fetchall()
        keys, scores = zip(*found, strict=True) if found else ((), ())
        return Keys(np.array(keys, np.int64)), np.array(scores, np.float32)
