"""Scoring searches: labelled articles are asked for as `engine similar --id` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from engine.domain import Article
from engine.evaluation.scores import HitScores, MatchScores, Ranked, Retrieval
from engine.jobs.base.reader import Reader
from engine.jobs.querying.hits import Hit
from engine.jobs.querying.match import match_stories
from engine.jobs.querying.query import stored_queries
from engine.jobs.querying.ranking import EVENT
from engine.jobs.querying.search import Wanted, find_similar
from engine.same_event.calibration import reliability
from engine.store import ArticleFilter

QUERIES = 1000
"""Articles, evenly spaced, that are asked for at most: more would move a share by less than a
point, and each costs what a search costs."""

HITS = 10
"""Hits that are looked at."""


class Searches:
    """Searches for labelled articles.

    Parameters
    ----------
    reader
        Of the base that holds them.
    articles
        The labelled articles that were taken in.
    event_of
        The event of each, by id.
    """

    def __init__(
        self, reader: Reader, articles: Sequence[Article], event_of: Mapping[str, str]
    ) -> None:
        self._reader = reader
        self._articles = articles
        self._event_of = event_of
        self._of_language = Counter((event_of[one.id], one.language) for one in articles)
        self._of_event = Counter(event_of[one.id] for one in articles)

    def among_all(self, mode: str = EVENT) -> Retrieval:
        """Return how well articles find those of their event."""
        to_find = {one.id: self._of_event[self._event_of[one.id]] - 1 for one in self._articles}
        return retrieval_of(self._found(to_find, None, mode))

    def within(self, language: str) -> Retrieval:
        """Return how well the articles of a language find each other."""
        to_find = {
            one.id: self._of_language[self._event_of[one.id], language] - 1
            for one in self._articles
            if one.language == language
        }
        return retrieval_of(self._found(to_find, (language,), EVENT))

    def across_languages(self, mode: str = EVENT) -> Retrieval:
        """Return how well articles find those of their event in other languages."""
        languages = sorted({one.language for one in self._articles})
        asked = self._asked(
            {
                one.id: self._of_event[self._event_of[one.id]]
                - self._of_language[self._event_of[one.id], one.language]
                for one in self._articles
            }
        )
        language_of = {one.id: one.language for one in self._articles}
        found = []
        for own in languages:
            others = tuple(language for language in languages if language != own)
            mine = {id_: n for id_, n in asked.items() if language_of[id_] == own}
            found += self._found(mine, others, mode)
        return retrieval_of(found)

    def ranked(self, mode: str) -> Ranked:
        """Return the scores of another order of hits."""
        return Ranked(self.among_all(mode), self.across_languages(mode))

    def trust(self) -> HitScores:
        """Return how far the probabilities of hits can be trusted; only labelled ones count."""
        asked = [*self._asked({one.id: 1 for one in self._articles})]
        said, right = [], []
        for id_, hits in zip(asked, self._hits(asked, Wanted(HITS)), strict=True):
            for hit in hits:
                if hit.article.id in self._event_of:
                    said.append(hit.probability)
                    right.append(self._event_of[hit.article.id] == self._event_of[id_])
        chances, related = np.array(said), np.array(right, np.bool_)
        found = reliability(chances, related)
        accuracy = float(((chances > 0.5) == related).mean()) if len(related) else 0.0
        return HitScores(
            len(related), round(accuracy, 4), round(found.brier, 4), round(found.error, 4)
        )

    def matches(self) -> MatchScores:
        """Return how well the stories told for articles are those of their events."""
        alone = {one.id: int(self._of_event[self._event_of[one.id]] == 1) for one in self._articles}
        lone = [*self._asked(alone)]
        social = [*self._asked({id_: 1 - is_alone for id_, is_alone in alone.items()})]
        told = self._told([*lone, *social])
        right = [found for found in told[len(lone) :] if found]
        n_told = sum(found is not None for found in told)
        n_silent = sum(found is None for found in told[: len(lone)])
        return MatchScores(
            n_articles=len(social),
            precision=round(len(right) / max(n_told, 1), 4),
            recall=round(len(right) / max(len(social), 1), 4),
            n_alone=len(lone),
            silence=round(n_silent / max(len(lone), 1), 4),
        )

    def _told(self, ids: Sequence[str]) -> list[bool | None]:
        """Return whether the story told for each article is right; None where none is told."""
        found: list[bool | None] = []
        matches = match_stories(self._reader, stored_queries(self._reader, ids))
        for id_, match in zip(ids, matches, strict=True):
            story = None if match.story is None else self._reader.stories[match.story.id]
            others = () if story is None else story.article_ids
            events = [self._event_of[other] for other in others if other in self._event_of]
            events_of_others = Counter(events)
            if id_ in others:
                events_of_others[self._event_of[id_]] -= 1
            n_labelled = events_of_others.total()
            n_right = events_of_others[self._event_of[id_]]
            found.append(2 * n_right >= n_labelled if n_labelled else None)
        return found

    def _asked(self, to_find: Mapping[str, int]) -> dict[str, int]:
        """Return the articles to ask for, evenly spaced among those with something to find."""
        findable = [(id_, n_right) for id_, n_right in to_find.items() if n_right]
        return dict(findable[:: -(-len(findable) // QUERIES) or 1])

    def _found(
        self, to_find: Mapping[str, int], languages: tuple[str, ...] | None, mode: str
    ) -> list[tuple[list[bool], int]]:
        """Return for each article whether each of its hits is right, and how many there are."""
        asked = self._asked(to_find)
        if not asked or languages == ():
            return []
        which = None if languages is None else ArticleFilter(languages=languages)
        # Copies are hits of their own here: each is an article to find.
        wanted = Wanted(HITS, which, fold=False, mode=mode)
        found = self._hits(list(asked), wanted)
        return [
            ([self._event_of.get(hit.article.id) == self._event_of[id_] for hit in hits], n_right)
            for (id_, n_right), hits in zip(asked.items(), found, strict=True)
        ]

    def _hits(self, ids: Sequence[str], wanted: Wanted) -> list[list[Hit]]:
        return find_similar(self._reader, stored_queries(self._reader, ids), wanted)


def retrieval_of(found: Sequence[tuple[Sequence[bool], int]]) -> Retrieval:
    """Return the scores of searches.

    Parameters
    ----------
    found
        For each query whether each hit is right, best first, and how many there are to find.
    """
    if not found:
        return Retrieval(0, 0.0, 0.0, 0.0)
    first = [
        next((place for place, is_right in enumerate(hits, 1) if is_right), 0) for hits, _ in found
    ]
    return Retrieval(
        n_queries=len(found),
        hit_at_1=_mean([float(place == 1) for place in first]),
        recall_at_10=_mean([sum(hits[:HITS]) / n_right for hits, n_right in found]),
        mrr=_mean([1 / place if place else 0.0 for place in first]),
    )


def _mean(values: Sequence[float]) -> float:
    return round(sum(values) / len(values), 4)
