"""Stories by portions that cost about the same, for the workers of a run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

ARTICLES_AT_ONCE = 512
"""Articles of a portion, from which on it gets no more: half a second of one processor, so that
sending it costs little and no worker is busy for long after the others."""


def portions(sizes: Sequence[int]) -> Iterator[list[int]]:
    """Yield the places of stories in `sizes`, their numbers of articles, portion by portion.

    The largest come first, as one of them alone may cost as much as all that follows.
    """
    some: list[int] = []
    n_articles = 0
    for place in sorted(range(len(sizes)), key=lambda place: -sizes[place]):
        some.append(place)
        n_articles += sizes[place]
        if n_articles >= ARTICLES_AT_ONCE:
            yield some
            some, n_articles = [], 0
    if some:
        yield some
