"""What the page of one article shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from engine.domain import Article, Value
from engine.jobs.base.reader import Reader
from engine.jobs.querying.showing import ShownArticle, show_article
from engine.reading import clean

CONTEXT = 1
"""Kept lines that are shown on either side of a cut one."""


@dataclass(frozen=True, slots=True)
class DiffLine(Value):
    """A line of what cleaning did to a text.

    Attributes
    ----------
    sign
        `` `` for a kept line, ``-`` and ``+`` for a cut one, ``…`` for kept ones left out.
    text
        The line; empty where lines were left out.
    rule
        Which rule cut it.
    n_kept
        Lines that were left out.
    """

    sign: str
    text: str
    rule: str = ""
    n_kept: int = 0


@dataclass(frozen=True, slots=True)
class ArticlePage(Value):
    """The page of one article.

    Attributes
    ----------
    shown
        The article and what is known of it.
    paragraphs
        Of its cleaned text.
    cuts
        What cleaning cut, with the lines around it; none where it cut nothing.
    """

    shown: ShownArticle
    paragraphs: tuple[str, ...]
    cuts: tuple[DiffLine, ...]


def article_page(reader: Reader, id_: str) -> ArticlePage:
    """Return the page of an article.

    Raises
    ------
    NotFoundError
        There is none of that id.
    """
    shown = show_article(reader, id_)
    lines = (line.strip() for line in shown.article.body.split("\n"))
    return ArticlePage(
        shown, tuple(line for line in lines if line), tuple(_cuts(reader, shown.article))
    )


def _cuts(reader: Reader, article: Article) -> Iterator[DiffLine]:
    """Yield what the cleaner cuts from the text as it was read."""
    if not article.raw:
        return iter(())
    repeated = reader.corpus.furniture.by_source().get(article.source, frozenset())
    return _folded(DiffLine(*line) for line in clean(article.raw, repeated=repeated).diff())


def _folded(lines: Iterable[DiffLine]) -> Iterator[DiffLine]:
    """Yield lines without the kept ones that are far from any cut."""
    all_lines = list(lines)
    cut = [place for place, line in enumerate(all_lines) if line.sign != " "]
    near = {at for place in cut for at in range(place - CONTEXT, place + CONTEXT + 1)}
    n_kept = 0
    for place, line in enumerate(all_lines):
        if place in near:
            if n_kept:
                yield DiffLine("…", "", n_kept=n_kept)
                n_kept = 0
            yield line
        else:
            n_kept += 1
    if n_kept and cut:
        yield DiffLine("…", "", n_kept=n_kept)
