"""What a person is shown of a story."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from engine.domain import Clustering, Rows, Story
from engine.errors import InputError
from engine.same_event.names import Name, find_names, noun_languages, written
from engine.same_event.window import Window
from engine.stories.background import Background, Contrast
from engine.stories.keywords import find_keywords
from engine.words.headlines import headline
from engine.words.terms import words
from engine.words.uncapitalised import is_uncapitalised

N_NAMES = 8
"""Names of a story at most."""


def describe(
    window: Window, clustering: Clustering, ids: Sequence[str], story_ids: Sequence[str]
) -> list[Story]:
    """Return the stories of a clustering, largest first.

    Parameters
    ----------
    window, clustering, ids
        The articles, the story of each and its id, row by row.
    story_ids
        The id of the story of each label from 0 on.

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
    background, nouns = Background(window), noun_languages(window)
    stories = []
    for rows in map(Rows, groups):
        medoid = _medoid(window, rows, ids)
        story = _story(window, clustering, ids, rows, medoid)
        story_id = story_ids[int(clustering.labels[medoid])]
        contrast, names = Contrast(background, rows), find_names(window, rows, nouns)
        languages = _places([window.languages[row] for row in rows], window.languages[medoid])
        keywords = find_keywords(contrast, names, window.lead(medoid), languages)
        stories.append(
            replace(
                story,
                id=story_id,
                names=_names(names, contrast, story.headline),
                keywords=keywords,
            )
        )
    return sorted(stories, key=lambda story: (-len(story.article_ids), story.id))


def _medoid(window: Window, rows: Rows, ids: Sequence[str]) -> int:
    """Return the row of `rows` nearest to all of them; the smaller id breaks ties."""
    closeness = np.round(window.vectors[rows] @ window.vectors[rows].sum(axis=0), 5)
    return int(min(rows[closeness == closeness.max()], key=lambda row: ids[row]))


def _story(
    window: Window, clustering: Clustering, ids: Sequence[str], rows: Rows, medoid: int
) -> Story:
    """Return the story of `rows`, the nearest to all being `medoid`: no id, names, keywords yet."""
    published = window.published[rows]
    dates = np.nan_to_num(window.published, nan=np.inf)
    rest = sorted((int(row) for row in rows if row != medoid), key=lambda r: (dates[r], ids[r]))
    ordered = [medoid, *rest]
    dated = published[~np.isnan(published)]
    others = window.vectors[rest] @ window.vectors[medoid]
    return Story(
        id="",
        article_ids=tuple(ids[row] for row in ordered),
        headline=headline(window.titles[medoid], window.bodies[medoid], window.languages[medoid]),
        languages=_by_frequency([window.languages[row] for row in ordered]),
        sources=_by_frequency([window.sources[row] for row in ordered]),
        started=_moment(dated.min()) if len(dated) else None,
        ended=_moment(dated.max()) if len(dated) else None,
        cohesion=float(others.mean()),
        keywords=(),
        strengths=tuple(float(clustering.strengths[row]) for row in ordered),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(float(seconds), tz=UTC)


def _places(languages: Sequence[str], first: str) -> dict[str, int]:
    """Return the place of each language by number of articles, equal ones sharing one."""
    counts = Counter(languages)
    places = {
        language: 1 + sum(other > count for other in counts.values())
        for language, count in counts.items()
    }
    return places | {first: 0}


def _by_frequency(values: Sequence[str]) -> tuple[str, ...]:
    counts = Counter(value for value in values if value)
    return tuple(sorted(counts, key=lambda value: (-counts[value], value)))


def _names(names: Sequence[Name], contrast: Contrast, headline: str) -> tuple[str, ...]:
    """Return the names of two outlets at least, best first, each once and as one spelling."""
    weights: dict[str, float] = {}
    for name in names:
        n_inside = len({contrast.voices[row] for row in name.rows})
        if n_inside > 1:
            forms = {form for spelling in name.spellings for form in _terms(spelling)}
            weight = contrast.weight(forms, n_inside)
            if weight > 0:
                text = written(name, headline)
                weights[text] = max(weights.get(text, 0.0), weight)
    ranked = sorted(weights, key=lambda text: (-weights[text], text))[: 4 * N_NAMES]
    parts = [set(text.split()) for text in ranked]
    whole = [
        text for text, own in zip(ranked, parts, strict=True) if not any(own < p for p in parts)
    ]
    return tuple(whole[:N_NAMES])


def _terms(spelling: str) -> list[str]:
    """Return the words of a spelling; without capitals it is one, however it is cut alone."""
    return [spelling] if is_uncapitalised(spelling) else words(spelling)
