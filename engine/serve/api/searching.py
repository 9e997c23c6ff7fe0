"""Related articles, the story of a text, and vectors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from engine.jobs.base.reader import Reader
from engine.jobs.querying.match import match_stories
from engine.jobs.querying.query import as_queries
from engine.jobs.querying.search import find_similar
from engine.serve.api.asking import MOST_TEXTS, Asked, Either, Options, Question, Text, questions
from engine.serve.freshness import Fresh
from engine.serve.given import Reading, Turn
from engine.serve.values import Embedded, Found, Matched

router = APIRouter(tags=["search"])


class Questions(Options):
    """Questions that are answered together, in less time than one by one."""

    queries: list[Asked] = Field(min_length=1, max_length=MOST_TEXTS)


class Events(BaseModel):
    """Texts or articles whose stories are wanted."""

    model_config = ConfigDict(extra="forbid")

    queries: list[Asked] = Field(min_length=1, max_length=MOST_TEXTS)


class Texts(BaseModel):
    """Texts whose vectors are wanted."""

    model_config = ConfigDict(extra="forbid")

    texts: list[Text] = Field(
        min_length=1, max_length=MOST_TEXTS, examples=[["Een brug is ingestort"]]
    )


@router.get("/similar", dependencies=[Fresh, Turn])
def similar(reader: Reading, asked: Annotated[Question, Query()]) -> Found:
    """Return the articles related to a text or to an article, best first."""
    return _found(reader, [asked.asked()], asked)


@router.post("/similar", dependencies=[Turn])
def similar_to_each(reader: Reading, asked: Questions) -> Found:
    """Return the articles related to each of some texts or articles, best first."""
    return _found(reader, asked.queries, asked)


@router.get("/event", dependencies=[Fresh, Turn])
def event(reader: Reading, asked: Annotated[Either, Query()]) -> Matched:
    """Return the story of the event that a text or an article reports, or none."""
    return _matched(reader, [asked.asked()])


@router.post("/event", dependencies=[Turn])
def event_of_each(reader: Reading, asked: Events) -> Matched:
    """Return the story of the event that each of some texts or articles reports, or none."""
    return _matched(reader, asked.queries)


@router.post("/embed", dependencies=[Turn])
def embed(reader: Reading, asked: Texts) -> Embedded:
    """Return texts as vectors, centred as those of the index: a product is a cosine."""
    vectors = [query.vector[0].tolist() for query in as_queries(reader, asked.texts)]
    manifest = reader.generation.manifest
    return Embedded(reader.generation.name, manifest.fingerprint, tuple(map(tuple, vectors)))


def _found(reader: Reader, asked: Sequence[Asked], options: Options) -> Found:
    queries = as_queries(reader, questions(reader, asked))
    hits = find_similar(reader, queries, options.wanted())
    generation = reader.generation
    return Found(generation.name, tuple(map(tuple, hits)), generation.manifest.fingerprint)


def _matched(reader: Reader, asked: Sequence[Asked]) -> Matched:
    matches = match_stories(reader, questions(reader, asked))
    generation = reader.generation
    return Matched(generation.name, tuple(matches), generation.manifest.fingerprint)
