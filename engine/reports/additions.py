"""What each article of a story says first: names and numbers that none before it had."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.domain import Article, Embeddings, Keys, Rows
from engine.jobs.base.reader import Reader
from engine.same_event.names import find_names, noun_languages, written
from engine.same_event.window import article_window
from engine.words.terms import numbers

MOST_ADDED = 4
"""Names, and numbers, of an article that are shown."""

SAMPLED_ARTICLES = 500
"""Articles of the base, evenly spaced, that tell which languages write nouns with capitals; a
story alone has too few words to."""

SHORTEST_NUMBER = 2
"""Characters of a number at least: a single digit is shared by chance."""


def additions(reader: Reader, articles: Sequence[Article]) -> dict[str, tuple[str, ...]]:
    """Return what each article added to those before it.

    Parameters
    ----------
    reader
        Of the base.
    articles
        Of one story, in order of time.

    Returns
    -------
    dict
        By id of each article: names as its language writes them, then numbers; of each at
        most `MOST_ADDED`. The first article adds nothing: all it says is new.
    """
    window = article_window(articles, _no_vectors(articles))
    names = find_names(window, Rows(np.arange(len(articles))), reader.once(nouns))
    first_named: dict[int, list[str]] = {}
    for name in names:
        row = min(name.rows)
        first_named.setdefault(row, []).append(written(name, articles[row].body))
    added = {}
    known: set[str] = set()
    for row, article in enumerate(articles):
        told = [
            number
            for number in dict.fromkeys(numbers(f"{article.title}\n{article.body}"))
            if len(number) >= SHORTEST_NUMBER
        ]
        new = [number for number in told if number not in known]
        known.update(new)
        named = list(dict.fromkeys(first_named.get(row, [])))
        added[article.id] = (*named[:MOST_ADDED], *new[:MOST_ADDED]) if row else ()
    return added


def nouns(reader: Reader) -> frozenset[str]:
    """Return the languages of the base that write nouns with capitals."""
    keys = reader.generation.keys
    sampled = Keys(keys[:: max(1, len(keys) // SAMPLED_ARTICLES)])
    _, articles = reader.corpus.articles.still_there(sampled)
    return noun_languages(article_window(articles, _no_vectors(articles)))


def _no_vectors(articles: Sequence[Article]) -> Embeddings:
    return np.zeros((len(articles), 0), np.float32)
