"""A story in a few sentences of its own articles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from engine.domain import Article, OriginKind, Story, Value, embedding_text
from engine.errors import EncoderError, MismatchError, MissingExtraError, NotFoundError
from engine.jobs.base.filtering import as_code
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.learnt import base_families
from engine.jobs.querying.query import embedded
from engine.origins.voices import story_voices
from engine.stories.summary import choose_sentences
from engine.words.headlines import headline_of
from engine.words.sentences import sentences

SENTENCES = 3
"""Sentences of a summary, as many as a reader takes in at a glance."""

MOST_ARTICLES = 50
"""Articles of a story whose sentences are read, evenly spaced in time: some 400 sentences,
which the built-in encoder embeds in seconds."""


FEW_ARTICLES = 8
"""The same where many stories are told at once."""


@dataclass(frozen=True, slots=True)
class Quoted(Value):
    """A sentence of an article, as it stands there.

    Attributes
    ----------
    text
        The sentence.
    article, source, published
        Id and outlet of the article and its time, or None.
    """

    text: str
    article: str
    source: str
    published: datetime | None


@dataclass(frozen=True, slots=True)
class Summary(Value):
    """A story in sentences that its outlets wrote.

    Attributes
    ----------
    story
        Its id.
    language
        ISO 639-1 code of the sentences.
    sentences
        The one that stands for most first.
    """

    story: str
    language: str
    sentences: tuple[Quoted, ...]


def summarise(
    reader: Reader,
    story: Story,
    *,
    language: str = "",
    n_sentences: int = SENTENCES,
    most_articles: int = MOST_ARTICLES,
) -> Summary:
    """Return the sentences that stand for all that is said of `story`.

    They come from texts of their own; copies and later versions say nothing new.

    Parameters
    ----------
    language
        In which; where no article is in it, or none is asked for, that of the most typical
        article.
    n_sentences
        At most.
    most_articles
        Whose sentences are read, evenly spaced in time.

    Raises
    ------
    InputError
        There is no such language.
    NotFoundError
        None of its articles is in the base any more.
    """
    told = _own_texts(reader, story, most_articles)
    code = as_code(reader.corpus, language) if language else ""
    if code not in {article.language for article in told}:
        code = told[0].language
    pieces = [
        (article, sentence)
        for article in told
        if article.language == code
        for sentence in sentences(embedding_text("", article.body or article.title), code)
    ]
    headlines = [headline_of(one) for one in told]
    rows = choose_sentences(
        embedded(reader, [sentence for _, sentence in pieces], [code] * len(pieces)),
        embedded(reader, headlines, [article.language for article in told]),
        _voices(reader, story, told),
        n_sentences,
    )
    quoted = (pieces[row] for row in rows.tolist())
    return Summary(
        story.id,
        code,
        tuple(Quoted(text, one.id, one.source, one.published) for one, text in quoted),
    )


def summary_if_any(
    reader: Reader, story: Story, *, language: str = "", n_sentences: int = SENTENCES
) -> Summary | None:
    """Return the summary of `story` of a few of its articles, as part of what is told of many.

    None where its articles are gone or the encoder cannot run here: the rest is told without.
    """
    try:
        return summarise(
            reader,
            story,
            language=language,
            n_sentences=n_sentences,
            most_articles=FEW_ARTICLES,
        )
    except (NotFoundError, EncoderError, MismatchError, MissingExtraError):
        return None


def _voices(reader: Reader, story: Story, told: Sequence[Article]) -> list[str]:
    """Return whose voice each of `told` is; one of which nothing is known is its own."""
    found = story_voices(story, base_families(reader.layout))
    voices = dict(zip(story.article_ids, found, strict=False))
    return [voices.get(article.id) or article.id for article in told]


def _own_texts(reader: Reader, story: Story, most: int) -> list[Article]:
    """Return the articles with a text of their own, the most typical first.

    Where there are more than `most`, those evenly spaced in time.
    """
    derived = {
        id_
        for id_, origin in zip(story.article_ids, story.origins, strict=False)
        if origin.kind in (OriginKind.COPY, OriginKind.EDITED, OriginKind.VERSION)
    }
    own = [id_ for id_ in story.article_ids if id_ not in derived] or list(story.article_ids)
    places = np.linspace(0, len(own) - 1, min(len(own), most)).astype(int)
    wanted = [own[place] for place in places.tolist()]
    found = reader.articles(wanted)
    if not found:
        raise NotFoundError(f"the articles of {story.id} are not in the base any more")
    return [found[id_] for id_ in wanted if id_ in found]
