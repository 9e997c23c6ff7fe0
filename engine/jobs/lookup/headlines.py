"""Headlines in the language that is wanted, where a story has an article in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.domain import Article, Story
from engine.store import Corpus
from engine.words.headlines import headline_of

FIRST_ASKED = 16
"""Articles of a story whose languages are asked for at first, and then twice as many each time:
one of thousands mostly has an article in each of its languages among the first."""


def told_in(corpus: Corpus, stories: Sequence[Story], language: str) -> list[Story]:
    """Return `stories`, each with the headline of its first article in a language, if it has one.

    Parameters
    ----------
    corpus
        Their articles.
    stories
        As they are published.
    language
        Code; empty leaves every headline as it is.
    """
    firsts = first_in(corpus, stories, language)
    return [
        replace(story, headline=headline_of(firsts[story.id])) if story.id in firsts else story
        for story in stories
    ]


def first_in(corpus: Corpus, stories: Sequence[Story], language: str) -> dict[str, Article]:
    """Return the first article in a language of each story that has one, by the story's id."""
    left = [story for story in stories if language in story.languages]
    firsts: dict[str, str] = {}
    start, end = 0, FIRST_ASKED
    while left:
        asked = {one.id: one.article_ids[start:end] for one in left}
        spoken = corpus.articles.languages_of([id_ for own in asked.values() for id_ in own])
        firsts |= {
            story: id_
            for story, own in asked.items()
            if (id_ := next((one for one in own if spoken.get(one) == language), None)) is not None
        }
        left = [one for one in left if one.id not in firsts and len(one.article_ids) > end]
        start, end = end, 2 * end
    found = corpus.articles.by_ids(list(firsts.values()))
    return {story: found[id_] for story, id_ in firsts.items() if id_ in found}
