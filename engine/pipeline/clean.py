"""What cleaning cuts: shown for inputs, and renewed for stored articles."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from engine.domain import Article, Reject
from engine.errors import MismatchError, NotFoundError
from engine.pipeline.intake import PLAIN, Intake, take_in
from engine.protocols import Progress, silent
from engine.reading import clean
from engine.reading.cleaning import Cleaned, fingerprint
from engine.reading.repetition import repeated_lines
from engine.store import ArticleFilter, Corpus

ARTICLES_AT_ONCE = 500
"""Articles of one transaction, or in memory."""


@dataclass(frozen=True, slots=True)
class CleanedArticle:
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
    paths: Sequence[str | Path],
    *,
    stdin: BinaryIO | None = None,
    intake: Intake = PLAIN,
    progress: Progress = silent,
) -> Iterator[CleanedArticle | Reject]:
    """Yield every article of the inputs with what was cut from it; nothing is stored.

    Parameters
    ----------
    paths, stdin, intake
        As for `engine.pipeline.ingest.ingest`, without web addresses.
    """
    fetched = datetime.now(UTC).replace(microsecond=0)
    for found in take_in(paths, intake, fetched=fetched, stdin=stdin, progress=progress):
        if isinstance(found, Reject):
            yield found
        else:
            yield CleanedArticle(found, clean(_raw(found)))


def repeated_by_source(corpus: Corpus, source: str) -> list[str]:
    """Return the lines that an outlet repeats in its stored articles; nothing is cut.

    See `engine.reading.repetition.repeated_lines` for what counts.

    Raises
    ------
    NotFoundError
        No stored article is from `source`.
    """
    keys = corpus.articles.keys(ArticleFilter(sources=(source,)))
    if not len(keys):
        raise NotFoundError(
            f"there are no articles of source {source!r}; 'engine similar' shows the sources"
        )
    return sorted(repeated_lines(_stored(corpus, keys.tolist())))


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


def renew_cleaning(corpus: Corpus, progress: Progress = silent) -> int:
    """Clean all articles again from their raw text if another cleaner did; return how many changed.

    The caller holds the lock. A killed run is made whole by the next.
    """
    now = fingerprint()
    if corpus.cleaner() in {None, now}:
        return 0
    keys = corpus.articles.keys().tolist()
    n_changed = 0
    for start in range(0, len(keys), ARTICLES_AT_ONCE):
        progress("clean", start, len(keys))
        articles = _stored(corpus, keys[start : start + ARTICLES_AT_ONCE])
        with corpus.transaction():
            cleaned = (_recleaned(article) for article in articles)
            n_changed += corpus.articles.upsert(cleaned, earlier_too=True).updated
    with corpus.transaction():
        corpus.set_cleaner(now)
    return n_changed


def _recleaned(article: Article) -> Article:
    """Return `article` with its body cleaned again; one that would lose all stays as it is."""
    raw = _raw(article)
    body = clean(raw).text
    if not body and not article.title:
        return article
    return replace(article, body=body, raw=raw if raw != body else "")


def _raw(article: Article) -> str:
    return article.raw or article.body


def _stored(corpus: Corpus, keys: Sequence[int]) -> Iterator[Article]:
    for start in range(0, len(keys), ARTICLES_AT_ONCE):
        found = corpus.articles.by_keys(keys[start : start + ARTICLES_AT_ONCE])
        yield from found.values()
