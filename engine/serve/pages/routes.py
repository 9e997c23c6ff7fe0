"""The addresses of the pages but the first."""

from __future__ import annotations

from datetime import UTC, datetime, time
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from engine.coverage.concentration import BY, WEEK
from engine.coverage.figures import Span
from engine.errors import InputError, NotFoundError
from engine.jobs.querying.ranking import EVENT, MODES
from engine.jobs.telling.summarise import summarise
from engine.serve.given import Asking, MayRead, Reading
from engine.serve.pages.article import article_page
from engine.serve.pages.covering import coverage_page
from engine.serve.pages.first import Said, as_day
from engine.serve.pages.holdings import holdings_page
from engine.serve.pages.labelling import SHOWN_CHARACTERS, label_page
from engine.serve.pages.matter import matter_page, matters_page
from engine.serve.pages.night import night_page
from engine.serve.pages.opening import seen
from engine.serve.pages.rendering import LANGUAGE_COOKIE, local_path, page
from engine.serve.pages.searching import search_page
from engine.serve.pages.story import story_page
from engine.serve.pages.strings import LANGUAGES
from engine.serve.pages.today import choices
from engine.store import ArticleFilter

router = APIRouter(include_in_schema=False)

LONGEST_QUESTION = 20_000
"""Characters of a text that is searched for: more do not fit an address, and are not embedded."""

YEAR_SECONDS = 365 * 24 * 3600


@router.get("/stories/{story}")
def show_story(
    request: Request,
    reader: Reading,
    caller: MayRead,
    story: str,
    headline: Said = "",
    *,
    summary: bool = False,
) -> HTMLResponse:
    """Show one story; the id of one that was merged leads to the survivor.

    A summary is made when it is asked for alone, as its sentences have to be encoded.
    """
    found = story_page(reader, story, headline)
    languages = [group.language for group in found.groups]
    dated = [mark.article.published for marks in found.timeline.lanes.values() for mark in marks]
    values = {
        "found": found,
        "summary": summarise(reader, found.story, language=found.language) if summary else None,
        "order": {language: place % 8 for place, language in enumerate(languages)},
        "late": {one.article.language: one.hours for one in found.brief.languages},
        "firsts": {one.article.language: one.article for one in found.brief.languages},
        "last": max((at for at in dated if at is not None), default=None),
        "n_gone": len(found.story.article_ids) - sum(group.n_articles for group in found.groups),
        "candidates": found.matter.shown,
    }
    return page(request, caller, "story", values | seen(reader))


@router.get("/matters")
def show_matters(request: Request, reader: Reading, caller: MayRead) -> HTMLResponse:
    """Show the long matters."""
    values = {"found": matters_page(reader)}
    return page(request, caller, "matters", values | seen(reader), here="matters")


@router.get("/matters/{matter}")
def show_matter(
    request: Request, reader: Reading, caller: MayRead, matter: str, *, sentences: bool = False
) -> HTMLResponse:
    """Show one matter, with sentences when they are asked for, as those have to be encoded."""
    values = {
        "found": matter_page(reader, matter, sentences=sentences),
        "sentences": sentences,
    }
    return page(request, caller, "matter", values | seen(reader), here="matters")


@router.get("/articles/{id_:path}")
def show_article(request: Request, reader: Reading, caller: MayRead, id_: str) -> HTMLResponse:
    """Show one article."""
    found = article_page(reader, id_)
    return page(request, caller, "article", {"found": found} | seen(reader))


@router.get("/search")
def search(
    request: Request,
    reader: Reading,
    caller: MayRead,
    q: Annotated[str, Query(max_length=LONGEST_QUESTION)] = "",
    mode: Said = EVENT,
    language: Said = "",
    outlet: Said = "",
    since: Said = "",
    until: Said = "",
) -> HTMLResponse:
    """Show what a text, an id or the address of a stored article finds."""
    found, problem = None, ""
    try:
        which = ArticleFilter(
            since=_midnight(since),
            until=_midnight(until),
            languages=(language,) if language else (),
            sources=(outlet,) if outlet else (),
        )
        if q.strip():
            found = search_page(reader, q, which, mode)
    except (InputError, NotFoundError) as error:
        problem = str(error)
    values = {
        "asked": q,
        "found": found,
        "problem": problem,
        "mode": mode,
        "modes": MODES,
        "languages": reader.once(choices)[0],
        "which": {"language": language, "outlet": outlet, "since": since, "until": until},
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if problem else HTTPStatus.OK
    return page(request, caller, "search", values | seen(reader), here="search", status=status)


@router.get("/night")
@router.get("/night/{run}")
def show_night(
    request: Request, reader: Reading, caller: MayRead, run: int | None = None
) -> HTMLResponse:
    """Show a run, and the nights whose stories wait for a person."""
    values = {"found": night_page(reader, run)}
    return page(request, caller, "night", values | seen(reader), here="night")


@router.get("/coverage")
def show_coverage(
    request: Request,
    reader: Reading,
    caller: MayRead,
    since: Said = "",
    until: Said = "",
    by: Said = WEEK,
) -> HTMLResponse:
    """Show who leads, who lags and what is missed."""
    values = {
        "found": coverage_page(reader, Span(_midnight(since), _midnight(until), by)),
        "which": {"since": since, "until": until, "by": by},
        "periods": BY,
    }
    return page(request, caller, "coverage", values | seen(reader), here="coverage")


@router.get("/base")
def show_base(request: Request, reader: Reading, caller: MayRead) -> HTMLResponse:
    """Show what the base holds."""
    values = {"found": holdings_page(reader)}
    return page(request, caller, "base", values | seen(reader), here="base")


@router.get("/label")
def show_label(
    request: Request,
    reader: Reading,
    caller: MayRead,
    skipped: Annotated[list[str], Query(max_length=200)] = [],  # noqa: B006 - never changed
) -> HTMLResponse:
    """Show a pair of articles to be judged."""
    values = {
        "found": label_page(reader, skipped),
        "skipped": skipped,
        "shown_characters": SHOWN_CHARACTERS,
    }
    return page(request, caller, "label", values | seen(reader), here="label")


@router.get("/sign-in")
def sign_in(request: Request, caller: Asking) -> HTMLResponse:
    """Show where a token is given."""
    return page(request, caller, "sign-in", {})


@router.get("/language/{code}")
def choose_language(
    code: str, back: Annotated[str, Query(max_length=2000)] = "/"
) -> RedirectResponse:
    """Keep the language that a reader wants, and go back."""
    answer = RedirectResponse(local_path(back), HTTPStatus.SEE_OTHER)
    if code in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, code, max_age=YEAR_SECONDS, httponly=True, samesite="lax"
        )
    return answer


def _midnight(text: str) -> datetime | None:
    day = as_day(text)
    return None if day is None else datetime.combine(day, time(), UTC)
