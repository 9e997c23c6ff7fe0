"""What cleaning cuts: shown for inputs, and renewed for stored articles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import BinaryIO

from engine.domain import Article, Reject, Value
from engine.errors import MismatchError, NotFoundError
from engine.jobs.base.setup import SHIPPED, Setup
from engine.jobs.base.writer import Writer
from engine.jobs.storing.intake import PLAIN, Intake, Source, take_in
from engine.reading import clean
from engine.reading.cleaning.cleaner import Cleaned, fingerprint, repeated_lines
from engine.store import ArticleFilter, Corpus

ARTICLES_AT_ONCE = 500
"""Articles of one transaction, or in memory."""


NO_FURNITURE: Mapping[str, frozenset[str]] = MappingProxyType({})
"""No outlet has lines of its own that are cut."""


@dataclass(frozen=True, slots=True)
class CleanedArticle(Value):
    """An article and what cleaning did to its text.

    Attributes
    ----------
    article
        As it is stored.
    cleaned
        Its text, and what was cut from it by which rule.
    """

    article: Article
    cleaned: Cleaned


def clean_inputs(
    source: Source,
    *,
    stdin: BinaryIO | None = None,
    intake: Intake = PLAIN,
    furniture: Mapping[str, frozenset[str]] = NO_FURNITURE,
    setup: Setup = SHIPPED,
) -> Iterator[CleanedArticle | Reject]:
    """Yield every article of the inputs with what was cut from it; nothing is stored.

    Parameters
    ----------
    source, stdin, intake
        As for `engine.jobs.storing.ingest.ingest`, without web addresses.
    furniture
        Outlet to the lines of it that are cut.
    setup
        What varies.
    """
    fetched = setup.now()
    for found in take_in(source, intake, fetched=fetched, stdin=stdin, progress=setup.progress):
        if isinstance(found, Reject):
            yield found
        else:
            lines = furniture.get(found.source, frozenset())
            yield CleanedArticle(found, clean(_raw(found), repeated=lines))


def expect_cleaner(corpus: Corpus) -> None:
    """Say that articles are cleaned by this engine's cleaner, if those before were.

    Raises
    ------
    MismatchError
        The stored ones were cleaned another way.
    """
    now, stored = fingerprint(), corpus.cleaner()
    if stored is None:
        with corpus.transaction():
            corpus.set_cleaner(now)
    elif stored != now:
        raise MismatchError(other_cleaner(stored))


def other_cleaner(stored: str) -> str:
    """Return what to say of articles that another cleaner cleaned."""
    return (
        f"the stored articles were cleaned by {stored}, this engine cleans by {fingerprint()}; "
        "run 'engine rebuild' to clean them again from their raw text"
    )


def renew_cleaning(writer: Writer) -> int:
    """Clean all articles again from their raw text if another cleaner did; return how many changed.

    A killed run is made whole by the next.
    """
    corpus, now = writer.corpus, fingerprint()
    if corpus.cleaner() in {None, now}:
        return 0
    keys = corpus.articles.keys().tolist()
    furniture = corpus.furniture.by_source()
    n_changed = 0
    for start in range(0, len(keys), ARTICLES_AT_ONCE):
        writer.setup.progress("clean", start, len(keys))
        articles = stored_articles(corpus, keys[start : start + ARTICLES_AT_ONCE])
        with corpus.transaction():
            cleaned = (recleaned(article, furniture) for article in articles)
            n_changed += corpus.articles.upsert(cleaned, earlier_too=True).updated
    with corpus.transaction():
        corpus.set_cleaner(now)
    return n_changed


def recleaned(article: Article, furniture: Mapping[str, frozenset[str]]) -> Article:
    """Return `article` with its body cleaned again; one that would lose all stays as it is.

    Parameters
    ----------
    article
        Cleaned in any way.
    furniture
        Outlet to the lines of it that are cut.
    """
    raw = _raw(article)
    body = clean(raw, repeated=furniture.get(article.source, frozenset())).text
    if not body and not article.title:
        return article
    return replace(article, body=body, raw=raw if raw != body else "")


def _raw(article: Article) -> str:
    return article.raw or article.body


def stored_articles(corpus: Corpus, keys: Sequence[int]) -> Iterator[Article]:
    """Yield the articles of `keys`, some hundred in memory at a time."""
    for start in range(0, len(keys), ARTICLES_AT_ONCE):
        found = corpus.articles.by_keys(keys[start : start + ARTICLES_AT_ONCE])
        yield from found.values()


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
            f"there are no articles of source {source!r}; 'engine sources' lists them"
        )
    return [int(key) for key in keys]
