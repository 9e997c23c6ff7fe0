"""Cutting what an outlet repeats: found among its stored articles, decided by a person.

Which lines are cut is kept in the store and changes by these calls alone. So what an article
becomes depends on itself and that list, not on the articles that were read before it.
"""

from __future__ import annotations

from collections.abc import Collection

from engine.errors import NotFoundError
from engine.jobs.clean import recleaned, stored_articles
from engine.jobs.session import Writer
from engine.reading.cleaning.cleaner import repeated_lines
from engine.store import ArticleFilter, Corpus


def repeated_by_source(corpus: Corpus, source: str) -> list[str]:
    """Return the lines that an outlet repeats in its stored articles and that are not cut yet.

    See `engine.reading.cleaning.cleaner.repeated_lines` for what counts.

    Raises
    ------
    NotFoundError
        No stored article is from `source`.
    """
    found = repeated_lines(stored_articles(corpus, _keys(corpus, source)))
    return sorted(found - corpus.furniture.by_source().get(source, frozenset()))


def cut_lines(writer: Writer, source: str, lines: Collection[str]) -> int:
    """Cut `lines` from what an outlet has in the store and from what it will publish.

    Parameters
    ----------
    writer
        Of the base.
    source
        The outlet.
    lines
        As `repeated_by_source` returns them; the raw text keeps them.

    Returns
    -------
    int
        Stored articles that changed; the next rebuild or night embeds them anew.

    Raises
    ------
    NotFoundError
        No stored article is from `source`.
    """
    with writer.corpus.transaction():
        writer.corpus.furniture.add(source, lines)
        return _clean_again(writer.corpus, source)


def restore_lines(writer: Writer, source: str) -> int:
    """Put back everything that `cut_lines` took from an outlet; return how many changed.

    Raises
    ------
    NotFoundError
        No stored article is from `source`.
    """
    with writer.corpus.transaction():
        writer.corpus.furniture.remove(source)
        return _clean_again(writer.corpus, source)


def _clean_again(corpus: Corpus, source: str) -> int:
    lines = corpus.furniture.by_source()
    again = (recleaned(one, lines) for one in stored_articles(corpus, _keys(corpus, source)))
    return corpus.articles.upsert(again, earlier_too=True).updated


def _keys(corpus: Corpus, source: str) -> list[int]:
    keys = corpus.articles.keys(ArticleFilter(sources=(source,)))
    if not len(keys):
        raise NotFoundError(
            f"there are no articles of source {source!r}; 'engine similar' shows the sources"
        )
    return [int(key) for key in keys]
