"""Headlines in the language that is wanted, where a story has an article in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from engine.domain import Story
from engine.store import ArticleFilter, Corpus
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
    if not any(language in story.languages for story in stories):
        return list(stories)
    ids = [id_ for story in stories if language in story.languages for id_ in story.article_ids]
    within = set(corpus.articles.keys(ArticleFilter(languages=(language,))).tolist())
    keys = {id_: key for id_, key in corpus.articles.keys_of(ids).items() if key in within}
    firsts = [next(filter(keys.__contains__, story.article_ids), "") for story in stories]
    found = corpus.articles.by_keys([keys[id_] for id_ in firsts if id_])
    told = []
    for story, id_ in zip(stories, firsts, strict=True):
        article = found.get(keys[id_]) if id_ else None
        if article is not None:
            name = headline_of(article.title, article.body, article.language)
            told.append(replace(story, headline=name))
        else:
            told.append(story)
    return told
