"""What a search tells of an article that it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from engine.domain import Article, Value, as_json
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.headlines import told_in
from engine.stories.changes import LEAST_ARTICLES
from engine.words.headlines import headline_of, snippet


@dataclass(frozen=True, slots=True)
class Hit(Value):
    """One related article.

    Attributes
    ----------
    article
        What was found.
    cosine
        Similarity to the query after language centring, in [-1, 1].
    probability
        That it reports the same event as the query, in [0, 1].
    row
        Its row in the generation.
    folded
        Ids of near-duplicates of this hit that were left out, nearest first.
    story
        Id of the story that it is in, or None.
    exact
        Whether every article that was asked for was compared with the query; else by an
        index that finds the share of them which `engine.jobs.telling.status` tells.
    retold
        Headline of its story in the language that the base wants headlines in, where the
        article is in another and the story has one; else empty.
    """

    article: Article
    cosine: float
    probability: float
    row: int
    folded: tuple[str, ...] = ()
    story: str | None = None
    exact: bool = True
    retold: str = ""

    @property
    def headline(self) -> str:
        """What the article is called, or its story in the language that is wanted; never empty."""
        return self.retold or headline_of(self.article)

    def to_dict(self) -> dict[str, Any]:
        """Return the hit as ``engine similar --json`` prints it."""
        article = article_told(self.article)
        del article["text"], article["fetched_at"]
        return {
            "id": article["id"],
            "cosine": round(self.cosine, 4),
            "probability": round(self.probability, 4),
            **article,
            "folded": list(self.folded),
            "story": self.story,
            "snippet": snippet(self.article.title, self.article.body),
            "exact": self.exact,
        }


def article_told(article: Article) -> dict[str, Any]:
    """Return what commands print of an article with ``--json``, and what it is called."""
    row = {name: as_json(value) for name, value in article.as_row().items()}
    headline = headline_of(article)
    return {"id": article.id, "headline": headline, **row}


def placed(
    reader: Reader, found: Sequence[list[Hit]], *, exact: bool, language: str
) -> list[list[Hit]]:
    """Return the hits of all queries with the story of each, and how they were looked for.

    Where `language` is a code, headlines are in it if they can be.
    """
    stories = iter(_stories_of(reader, [hit for hits in found for hit in hits]))
    hits_placed = [
        [replace(hit, story=next(stories), exact=exact) for hit in hits] for hits in found
    ]
    return hits_placed if not language else _retold(reader, hits_placed, language)


def _retold(reader: Reader, found: list[list[Hit]], language: str) -> list[list[Hit]]:
    wanted = {hit.story or "" for hits in found for hit in hits if hit.article.language != language}
    stories = (reader.stories[id_] for id_ in wanted if id_ in reader.stories)
    among = [story for story in stories if language in story.languages]
    names = {story.id: story.headline for story in told_in(reader.corpus, among, language)}
    return [
        [
            replace(hit, retold=names[hit.story])
            if hit.story in names and hit.article.language != language
            else hit
            for hit in hits
        ]
        for hits in found
    ]


def _stories_of(reader: Reader, hits: Sequence[Hit]) -> list[str | None]:
    """Return the story of the generation that each hit is in.

    The ledger knows of a few articles at once, and is asked while it is at the run of the
    generation; else the stories of the generation are, which takes all of them to be made first.
    """
    keys = reader.generation.keys[np.array([hit.row for hit in hits], np.int64)].tolist()
    ledger = reader.corpus.ledger
    found = ledger.stories_of(keys)
    sizes = ledger.sizes_of(sorted(set(found.values())))
    if ledger.head() == reader.run:
        large = {key for key, story in found.items() if sizes[story] >= LEAST_ARTICLES}
        return [found[key] if key in large else None for key in keys]
    stories = (reader.story_of(hit.article.id) for hit in hits)
    return [None if story is None else story.id for story in stories]
