"""What the page of a search shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from engine.domain import Article, Story, Value
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.outlines import StoryOutline, outline
from engine.jobs.querying.explain import explanations
from engine.jobs.querying.hits import Hit
from engine.jobs.querying.match import match_stories
from engine.jobs.querying.query import Query, one_query
from engine.jobs.querying.ranking import EVENT
from engine.jobs.querying.search import Wanted, find_similar
from engine.reading.articles import derived_id
from engine.same_event.explanation import Explanation
from engine.store import ArticleFilter
from engine.words.addresses import canonical_url
from engine.words.headlines import snippet
from engine.words.terms import SYLLABLES

HITS = 20
"""Hits of a page."""

Marked = tuple[tuple[str, bool], ...]
"""A text in pieces, each with whether it says why the text was found."""


@dataclass(frozen=True, slots=True)
class Found(Value):
    """One hit as it is shown.

    Attributes
    ----------
    hit
        What was found.
    story
        The story that it is in, or None.
    why
        The parts of its score.
    headline, snippet
        Marked where they share names, words or numbers with the query.
    """

    hit: Hit
    story: Story | None
    why: Explanation
    headline: Marked
    snippet: Marked


@dataclass(frozen=True, slots=True)
class Searched(Value):
    """The page of a search.

    Attributes
    ----------
    article
        What was searched for, as an article.
    is_stored
        Whether it is one of the base.
    found
        The hits, best first.
    event
        The story that most likely reports the event of the query; None: none is likelier
        to than not.
    chance
        How likely that is, in [0, 1].
    exact
        Whether every article was compared with the query.
    """

    article: Article
    is_stored: bool
    found: tuple[Found, ...]
    event: StoryOutline | None
    chance: float

    @property
    def exact(self) -> bool:
        """Whether every article was compared with the query."""
        return all(one.hit.exact for one in self.found)


def search_page(
    reader: Reader, asked: str, which: ArticleFilter | None = None, mode: str = EVENT
) -> Searched:
    """Return what a text, the id of an article or the address of one finds.

    Parameters
    ----------
    reader
        Of the base.
    asked
        A text, or else the id or the address of an article of the base. No address is followed.
    which
        Only these articles.
    mode
        One of `engine.jobs.querying.ranking.MODES`.

    Raises
    ------
    InputError, NotFoundError
        There is no such language, outlet or mode, or nothing is left of the text.
    """
    query = query_of(reader, asked)
    (hits,) = find_similar(reader, [query], Wanted(HITS, which, mode=mode))
    event, chance = _event(reader, query)
    return Searched(
        article=query.article,
        is_stored=query.row >= 0,
        found=tuple(
            _found(reader, hit, why)
            for hit, why in zip(hits, explanations(reader, query, hits), strict=True)
        ),
        event=event,
        chance=chance,
    )


def query_of(reader: Reader, asked: str) -> Query:
    """Return what to search for: the article that is named, or else the text as it stands."""
    said = asked.strip()
    if said and not any(character.isspace() for character in said):
        ids = [said]
        if canonical_url(said):
            ids.append(derived_id(url=said, source="", title="", body=""))
            ids += reader.corpus.articles.ids_at([said, canonical_url(said)])
        known = reader.corpus.articles.keys_of(ids)
        for id_ in ids:
            if id_ in known:
                return one_query(reader, id_=id_)
    return one_query(reader, said)


def _event(reader: Reader, query: Query) -> tuple[StoryOutline | None, float]:
    """Return the story of the event of a query, whatever is filtered, and how likely that is."""
    if query.row >= 0 and (own := reader.story_of(query.article.id)) is not None:
        return outline(reader, own), 1.0
    (match,) = match_stories(reader, [query])
    return match.story, match.probability


def _found(reader: Reader, hit: Hit, why: Explanation) -> Found:
    terms = (*why.shared_names, *why.shared_terms, *why.shared_numbers)
    article = hit.article
    return Found(
        hit=hit,
        story=None if hit.story is None else reader.stories.get(hit.story),
        why=why,
        headline=marked(hit.headline, terms),
        snippet=marked(snippet(article.title, article.body), terms),
    )


def marked(text: str, terms: Sequence[str]) -> Marked:
    """Return `text` in pieces, marked where it has one of `terms` in any case.

    A word may go on after a term, as it does where names are declined; none begins before one
    but in scripts that write no spaces.
    """
    if not terms:
        return ((text, False),)
    pattern = "|".join(map(_pattern, sorted(terms, key=len, reverse=True)))
    return tuple(_pieces(text, regex.compile(pattern, regex.IGNORECASE)))


def _pattern(term: str) -> str:
    if term[:1].isdigit():
        number = regex.escape(term).replace(r"\.", "[.,]")
        return rf"(?<![\p{{N}}.,]){number}(?!\p{{N}})"
    if term >= SYLLABLES:
        return regex.escape(term)
    return rf"(?<![\p{{L}}\p{{M}}]){regex.escape(term)}[\p{{L}}\p{{M}}]*"


def _pieces(text: str, pattern: regex.Pattern[str]) -> Iterator[tuple[str, bool]]:
    last = 0
    for match in pattern.finditer(text):
        if match.start() > last:
            yield text[last : match.start()], False
        yield match.group(), True
        last = match.end()
    if last < len(text):
        yield text[last:], False
