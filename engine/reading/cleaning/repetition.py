"""Finds the lines that an outlet repeats from article to article: furniture no table knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from engine.domain import Article
from engine.reading.cleaning.characters import repair
from engine.reading.cleaning.furniture import LONGEST_LINE

FEWEST_ARTICLES: Final = 5
"""Articles that must hold a line. Fewer may share a sentence of background."""

LEAST_SHARE: Final = 0.02
"""Share of the outlet's articles that must hold it."""

_MOST_LINES: Final = 200_000
"""Lines counted at a time; above it those seen once are forgotten."""


def repeated_lines(articles: Iterable[Article]) -> frozenset[str]:
    """Return the lines that one outlet repeats.

    An article that was published again under the same title counts once: an update
    repeats every line of what it updates.

    Parameters
    ----------
    articles
        All of one source; read once, not kept.
    """
    counts: Counter[str] = Counter()
    titles: set[int] = set()
    n_articles = 0
    for article in articles:
        title = hash(article.title or article.body[:LONGEST_LINE])
        if title in titles:
            continue
        titles.add(title)
        n_articles += 1
        lines = set(repair(article.raw or article.body).split("\n"))
        counts.update(line for line in lines if 0 < len(line) <= LONGEST_LINE)
        if len(counts) > _MOST_LINES:
            counts = Counter({line: count for line, count in counts.items() if count > 1})
    fewest = max(FEWEST_ARTICLES, LEAST_SHARE * n_articles)
    return frozenset(line for line, count in counts.items() if count >= fewest)
