"""Related articles and the story of a text, over all shards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query
from pydantic import Field

from engine.client import calls
from engine.client.calls import Call
from engine.domain import Article
from engine.errors import InputError, NotFoundError
from engine.front.asking import WHOLE, Asker, Asking
from engine.front.merging import best_match, merged_hits
from engine.front.shards import Answers, IncompleteError
from engine.jobs.querying.ranking import DENSE, EVENT
from engine.serve.api.asking import MOST_CHARACTERS, Asked, ById, Either, Options, Question
from engine.serve.api.searching import Events, Questions
from engine.serve.values import Found, Matched, MissingShard

Compared = TypeVar("Compared", Found, Matched)

router = APIRouter(tags=["search"])

COMPLETE = Field(False, description=WHOLE)
"""Named here, too, where nothing but the fields of a question may be in the address."""


class OneQuestion(Question):
    """One question in the address."""

    complete: bool = COMPLETE


class OneEvent(Either):
    """A text or an article in the address."""

    complete: bool = COMPLETE


@router.get("/similar")
async def similar(asker: Asking, asked: Annotated[OneQuestion, Query()]) -> Found:
    """Return the articles of all shards related to a text or to an article, best first."""
    return await _found(asker, [asked.asked()], asked)


@router.post("/similar")
async def similar_to_each(asker: Asking, asked: Questions) -> Found:
    """Return the articles of all shards related to each of some texts or articles."""
    return await _found(asker, asked.queries, asked)


@router.get("/event")
async def event(asker: Asking, asked: Annotated[OneEvent, Query()]) -> Matched:
    """Return the likeliest story of the event that a text or an article reports, or none."""
    return await _matched(asker, [asked.asked()])


@router.post("/event")
async def event_of_each(asker: Asking, asked: Events) -> Matched:
    """Return the likeliest story of the event that each text or article reports, or none."""
    return await _matched(asker, asked.queries)


async def _found(asker: Asker, asked: Sequence[Asked], options: Options) -> Found:
    if options.mode not in (EVENT, DENSE):
        raise InputError(
            f"over several shards hits are ordered by '{EVENT}' or '{DENSE}': what words say of "
            f"one base does not compare with what they say of another; got {options.mode!r}"
        )
    wanted = options.model_dump(include=set(Options.model_fields))
    answers = await _compared(asker, Found, "/similar", asked, wanted)
    given, ids = list(answers.given.values()), [_id(one) for one in asked]
    hits = [
        merged_hits(
            [[hit for hit in one.hits[place] if hit.article.id != id_] for one in given],
            options.k,
            by_event=options.mode == EVENT,
            fold=options.fold,
        )
        for place, id_ in enumerate(ids)
    ]
    return Found(_generations(given), tuple(hits), asker.shards.fingerprint, answers.shards)


async def _matched(asker: Asker, asked: Sequence[Asked]) -> Matched:
    answers = await _compared(asker, Matched, "/event", asked, {})
    given = list(answers.given.values())
    matches = [best_match(one.matches[place] for one in given) for place in range(len(asked))]
    return Matched(_generations(given), tuple(matches), asker.shards.fingerprint, answers.shards)


async def _compared(
    asker: Asker, kind: type[Compared], path: str, asked: Sequence[Asked], options: dict[str, Any]
) -> Answers[Compared]:
    """Ask each shard; one that has not an article is asked for its text."""
    ids = [one.id for one in asked if isinstance(one, ById)]
    there: Mapping[str, Mapping[str, Article]] = {url: {} for url in asker.shards.urls}
    missing: Sequence[MissingShard] = ()
    if ids:
        homes = await asker.ask_all(calls.articles(ids))
        there, missing = homes.given, homes.shards.missing
    articles = {id_: article for own in there.values() for id_, article in own.items()}
    for id_ in ids:
        if id_ not in articles and missing:
            raise IncompleteError(homes.shards)
        if id_ not in articles:
            raise NotFoundError(f"there is no article with id {id_!r}")
    questions = {
        url: Call(
            kind,
            "POST",
            f"{calls.API}{path}",
            body=options | {"queries": [_said(one, own, articles) for one in asked]},
        )
        for url, own in there.items()
    }
    answers = await asker.compare(questions, missing=missing)
    for url, refusal in answers.refusals.items():
        if there[
            url
        ]:  # its own article is not indexed yet: the hits of that shard would be lacking
            raise refusal
    return answers


def _said(
    one: Asked, own: Mapping[str, Article], articles: Mapping[str, Article]
) -> dict[str, str]:
    """Return a question as a shard can answer it that holds the articles `own`."""
    if not isinstance(one, ById):
        return {"text": one.text}
    if one.id in own:
        return {"id": one.id}
    article = articles[one.id]
    return {"text": f"{article.title}\n\n{article.body}".strip()[:MOST_CHARACTERS]}


def _id(one: Asked) -> str | None:
    return one.id if isinstance(one, ById) else None


def _generations(given: Sequence[Found] | Sequence[Matched]) -> str:
    return ",".join(one.generation for one in given)
