"""Headlines in the language that is wanted, where a story has an article in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.domain import Article, Story
from engine.store import Corpus
from engine.words.headlines import headline_of


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
    among = [story for story in stories if language in story.languages]
    spoken = corpus.articles.languages_of([id_ for one in among for id_ in one.article_ids])
    firsts = {}
    for story in among:
        for id_ in story.article_ids:
            if spoken.get(id_) == language:
                firsts[story.id] = id_
                break
    found = corpus.articles.by_ids(list(firsts.values()))
    return {story: found[id_] for story, id_ in firsts.items() if id_ in found}
