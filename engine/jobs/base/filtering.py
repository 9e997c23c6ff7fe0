"""What a person says of times, languages and outlets, as the base has stored them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

from engine.errors import InputError, NotFoundError
from engine.reading.languages import normalise
from engine.store import ArticleFilter, Corpus

_MONTH = re.compile(r"(\d{4})(?:-(\d\d?))?")


def as_moment(text: str) -> datetime:
    """Return the aware UTC time that an ISO 8601 date or time means; UTC when no zone is said.

    A month (``2021-09``) and a year (``2021``) mean when they begin.

    Raises
    ------
    InputError
        It is no such time.
    """
    try:
        if span := _MONTH.fullmatch(text.strip()):
            return datetime(int(span[1]), int(span[2] or 1), 1, tzinfo=UTC)
        when = datetime.fromisoformat(text.strip())
        return when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InputError(
            f"expected a time such as 2023-05-10 or 2023-05-10T14:30+02:00, or a month or year "
            f"such as 2023-05 or 2023, got {text!r}"
        ) from error


def as_stored(corpus: Corpus, which: ArticleFilter) -> ArticleFilter:
    """Return `which` with the codes of its languages and every spelling of its outlets.

    Raises
    ------
    InputError, NotFoundError
        There is no such language, no such outlet.
    """
    if which.languages:
        codes = [as_code(corpus, language) for language in which.languages]
        which = replace(which, languages=tuple(dict.fromkeys(codes)))
    if which.sources:
        which = replace(which, sources=spellings(corpus, which.sources))
    return which


def as_code(corpus: Corpus, language: str) -> str:
    """Return the code of a language that is said as a code, an English name or a locale.

    Raises
    ------
    InputError
        It is no language, and no article is in one of that name.
    """
    if code := normalise(language):
        return code
    stored = corpus.articles.counts_by_language()
    if language not in stored:
        raise InputError(
            f"{language!r} is no language that is known; the articles are in "
            f"{', '.join(stored) or 'none yet'}"
        )
    return language


def spellings(corpus: Corpus, sources: Sequence[str]) -> tuple[str, ...]:
    """Return the outlets of the base that are called one of `sources`, whatever the case.

    Raises
    ------
    NotFoundError
        No article is from any of them.
    """
    wanted = {source.casefold() for source in sources}
    stored = corpus.articles.counts_by_source()
    if found := tuple(source for source in stored if source.casefold() in wanted):
        return found
    outlets = ", ".join(map(repr, sources))
    raise NotFoundError(f"no article is from {outlets}; 'engine sources' lists the outlets")
