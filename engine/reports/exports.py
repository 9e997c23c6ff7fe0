"""What a base gives others as files: a story, the graph of its articles, a map of a window."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import numpy as np

from engine.disk.files import replaced_file, storage_errors
from engine.domain import Article, Rows
from engine.errors import InputError
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.history import in_time, live_story
from engine.jobs.telling.iterate import iter_articles, iter_neighbours
from engine.jobs.telling.summarise import summary_if_any
from engine.reports.citations import bibtex, ris
from engine.reports.differences import with_differences
from engine.reports.graphml import graphml
from engine.reports.layout import places
from engine.reports.map_page import map_page
from engine.reports.story_brief import brief_story, with_lineages
from engine.reports.story_page import story_page
from engine.store import ArticleFilter

MOST_MAPPED = 5_000
"""Articles of a map, the latest ones: a browser draws as many points smoothly, and they are laid
out in seconds."""

STORY_FILES: Final = (".html", ".ris", ".bib")
"""Endings of the files that a story is written to."""


def story_text(reader: Reader, id_: str, ending: str, *, summary: bool = True) -> str:
    """Return a story as a page (``.html``) or its articles as citations (``.ris``, ``.bib``).

    Parameters
    ----------
    summary
        Begin the page with the sentences that stand for the story, some of which are embedded.

    Raises
    ------
    InputError
        There is no such form.
    NotFoundError
        There is no such story.
    """
    if ending not in STORY_FILES:
        raise InputError(f"expected a file that ends in {', '.join(STORY_FILES)}, found {ending!r}")
    story = live_story(reader, id_)
    articles = in_time(reader.articles(story.article_ids).values())
    if ending == ".html":
        told = summary_if_any(reader, story) if summary else None
        brief = with_lineages(reader, brief_story(reader, story))
        return story_page(with_differences(reader, brief), articles, told)
    return ris(articles) if ending == ".ris" else bibtex(articles)


def graph_text(reader: Reader, which: ArticleFilter | None = None, k: int = 10) -> Iterator[str]:
    """Yield the graph of articles and their `k` nearest among `which`, as `graphml` does."""
    story_of = {id_: story.id for story in reader.generation.stories() for id_ in story.article_ids}
    return graphml(iter_articles(reader, which), iter_neighbours(reader, k, which), story_of)


def map_text(reader: Reader, which: ArticleFilter | None = None) -> str:
    """Return a map of the articles of `which`, of the latest `MOST_MAPPED` where they are more.

    Raises
    ------
    NotFoundError
        Nothing is published.
    """
    generation = reader.generation
    rows = reader.rows(which)
    rows = Rows(np.arange(len(generation))) if rows is None else rows
    latest = np.argsort(generation.published[rows], kind="stable")[-MOST_MAPPED:]
    rows, articles = reader.still_there(Rows(np.sort(rows[latest])))
    vectors = generation.vectors(rows)
    ids = {article.id for article in articles}
    stories = [story for story in generation.stories() if not ids.isdisjoint(story.article_ids)]
    return map_page(_name(articles), articles, places(vectors), stories)


def write_story(reader: Reader, path: str | Path, id_: str, *, summary: bool = True) -> None:
    """Write a story to a file, whose ending says in which form; raises as `story_text`.

    Raises
    ------
    StorageError
        The file cannot be written; it is as it was.
    """
    path = Path(path)
    _write(path, [story_text(reader, id_, path.suffix.lower(), summary=summary)])


def write_graph(
    reader: Reader, path: str | Path, which: ArticleFilter | None = None, k: int = 10
) -> None:
    """Write the graph of articles and their neighbours as GraphML; raises as `write_story`.

    Raises
    ------
    InputError
        `k` is not positive.
    """
    _write(Path(path), graph_text(reader, which, k))


def write_map(reader: Reader, path: str | Path, which: ArticleFilter | None = None) -> None:
    """Write the map of articles as a page; raises as `write_story`."""
    _write(Path(path), [map_text(reader, which)])


def _name(articles: Sequence[Article]) -> str:
    days = sorted(article.published for article in articles if article.published is not None)
    span = f", {days[0]:%Y-%m-%d} to {days[-1]:%Y-%m-%d}" if days else ""
    return f"{len(articles)} articles{span}"


def _write(path: Path, parts: Iterable[str]) -> None:
    with storage_errors(path.parent), replaced_file(path) as stream:
        for part in parts:
            stream.write(part.encode("utf-8", "backslashreplace"))
