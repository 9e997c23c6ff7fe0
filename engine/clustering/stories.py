"""What a person is shown of a story."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from engine.clustering.terms import words
from engine.clustering.window import Window
from engine.domain import Clustering, Rows, Story
from engine.errors import InputError

N_KEYWORDS = 8
"""Keywords of a story at most."""

KEYWORD_CHARACTERS = 1000
"""Start of an article from which keywords are taken: as much as is embedded."""


def describe(window: Window, clustering: Clustering, ids: Sequence[str]) -> list[Story]:
    """Return the stories of a clustering, largest first.

    Parameters
    ----------
    window, clustering, ids
        The articles, the story of each and its id, row by row.

    Raises
    ------
    InputError
        When the three differ in length.
    """
    if not len(window) == len(clustering.labels) == len(ids):
        raise InputError(
            f"{len(window)} articles, {len(clustering.labels)} labels and {len(ids)} ids; "
            "pass one of each per article"
        )
    order = np.argsort(clustering.labels, kind="stable")
    order = order[clustering.labels[order] >= 0]
    if not len(order):
        return []
    starts = np.flatnonzero(np.diff(clustering.labels[order]))
    groups = np.split(order, starts + 1)
    terms = [set(words(_start(window, row))) for row in range(len(window))]
    document_counts = Counter(term for found in terms for term in found)
    stories = [
        _story(window, clustering, ids, rows, _keywords(rows, terms, document_counts))
        for rows in groups
    ]
    return sorted(stories, key=lambda story: (-len(story.article_ids), story.id))


def story_id(ids: Sequence[str], published: npt.NDArray[np.float64]) -> str:
    """Return the id of a story: a digest of the id of its earliest article.

    Undated articles count as later than dated ones; the smaller id breaks ties.
    """
    earliest = min(zip(np.nan_to_num(published, nan=np.inf).tolist(), ids, strict=True))
    return "s-" + hashlib.blake2b(earliest[1].encode(), digest_size=6).hexdigest()


def _start(window: Window, row: int) -> str:
    return f"{window.titles[row]}\n{window.bodies[row]}"[:KEYWORD_CHARACTERS]


def _medoid(window: Window, rows: Rows, ids: Sequence[str]) -> int:
    """Return the row of `rows` nearest to all of them; the smaller id breaks ties."""
    closeness = np.round(window.vectors[rows] @ window.vectors[rows].sum(axis=0), 5)
    return int(min(rows[closeness == closeness.max()], key=lambda row: ids[row]))


def _story(
    window: Window,
    clustering: Clustering,
    ids: Sequence[str],
    rows: Rows,
    keywords: tuple[str, ...],
) -> Story:
    """Return the story of `rows`."""
    medoid = _medoid(window, rows, ids)
    published = window.published[rows]
    dates = np.nan_to_num(window.published, nan=np.inf)
    rest = sorted((int(row) for row in rows if row != medoid), key=lambda r: (dates[r], ids[r]))
    ordered = [medoid, *rest]
    dated = published[~np.isnan(published)]
    others = window.vectors[rest] @ window.vectors[medoid]
    return Story(
        id=story_id([ids[row] for row in rows], published),
        article_ids=tuple(ids[row] for row in ordered),
        headline=window.titles[medoid] or window.bodies[medoid].split("\n")[0],
        languages=_by_frequency([window.languages[row] for row in ordered]),
        sources=_by_frequency([window.sources[row] for row in ordered]),
        started=_moment(dated.min()) if len(dated) else None,
        ended=_moment(dated.max()) if len(dated) else None,
        cohesion=float(others.mean()),
        keywords=keywords,
        strengths=tuple(float(clustering.strengths[row]) for row in ordered),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), tz=UTC)


def _by_frequency(values: Sequence[str]) -> tuple[str, ...]:
    counts = Counter(value for value in values if value)
    return tuple(sorted(counts, key=lambda value: (-counts[value], value)))


def _keywords(
    rows: Rows, terms: Sequence[set[str]], document_counts: Counter[str]
) -> tuple[str, ...]:
    """Return the terms that tell `rows` from all other articles, best first.

    Each term is weighed by its share of the story's articles times its log-odds against
    the rest; one half is added to every count. A term of one article alone tells nothing
    of a story, so it needs two.
    """
    inside = Counter(term for row in rows for term in terms[row])
    n_inside, n_outside = len(rows), len(terms) - len(rows)

    def weight(term: str) -> float:
        share = (inside[term] + 0.5) / (n_inside + 1)
        outside = (document_counts[term] - inside[term] + 0.5) / (n_outside + 1)
        return share * float(np.log(share / outside))

    shared = [term for term, count in inside.items() if count > 1 and weight(term) > 0]
    ranked = sorted(shared, key=lambda term: (-weight(term), term))
    return tuple(ranked[:N_KEYWORDS])
