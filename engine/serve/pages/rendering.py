"""Turns what a page shows into HTML, in the reader's language."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from babel import Locale, UnknownLocaleError
from babel.dates import format_datetime
from babel.numbers import format_decimal
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from engine.recorded import Event, EventKind
from engine.reports.addresses import web_address
from engine.serve.callers import Caller
from engine.serve.pages.drawing import bars
from engine.serve.pages.strings import Strings, strings, wanted_language
from engine.serve.problems import Problem
from engine.serve.tokens import Scope
from engine.words.headlines import headline_of

STATIC = Path(__file__).parent / "static"
"""Style sheet, script and picture of the pages."""

LANGUAGE_COOKIE = "engine_language"

MOMENT = "d MMM y HH:mm"
"""How a time is written; the script writes it the same way in the reader's zone, so that
nothing moves."""

HOUR, DAY = 1.0, 24.0
DAYS_FROM = 2 * DAY
"""Hours from which a delay is told in days."""


@lru_cache
def language_name(code: str, language: str) -> str:
    """Return what a language is called in another; its code where that has no word for it."""
    try:
        return str(Locale.parse(language).languages.get(code, code))
    except (ValueError, UnknownLocaleError):
        return code


def moment(at: datetime, language: str) -> str:
    """Return a time in UTC as it is read in a language."""
    return format_datetime(at, MOMENT, locale=language)


def delay(hours: float) -> tuple[str, str]:
    """Return the unit in which a delay is told, and how many of it."""
    if hours < HOUR:
        return "min", f"{60 * hours:.0f}"
    if hours < DAYS_FROM:
        return "h", f"{hours:.{0 if hours >= 10 else 1}f}".removesuffix(".0")
    return "d", f"{hours / DAY:.0f}"


def past_text(event: Event, t: Strings, story: str) -> str:
    """Return what happened, as the page of a story tells it."""
    subject = event.story == story
    if event.kind == EventKind.SPLIT and not subject:
        return t("event.split-off", n=event.n_articles, story=event.story)
    return t(
        f"event.{event.kind}",
        n=t("articles", n=event.n_articles),
        joined=event.n_joined,
        left=event.n_left,
        story=event.story,
        other=event.other,
    )


def address(id_: str) -> str:
    """Return an id as the end of an address."""
    return quote(id_, safe="")


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("engine.serve.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    environment.filters |= {
        "address": address,
        "bars": bars,
        "count": lambda number, language: format_decimal(number, locale=language),
        "delay": delay,
        "headline": headline_of,
        "language_name": language_name,
        "moment": moment,
        "past_text": past_text,
        "web_address": web_address,
    }
    return environment


@lru_cache
def _version() -> str:
    """Return what changes whenever the style sheet or the script does."""
    content = b"".join(path.read_bytes() for path in sorted(STATIC.iterdir()) if path.is_file())
    return hashlib.blake2b(content, digest_size=6).hexdigest()


def language_of(request: Request) -> str:
    """Return the language of the pages for a reader."""
    accepted = request.headers.get("Accept-Language", "")
    return wanted_language(accepted, request.cookies.get(LANGUAGE_COOKIE))


def page(
    request: Request,
    caller: Caller,
    template: str,
    values: Mapping[str, object],
    *,
    here: str = "",
    status: int = 200,
) -> HTMLResponse:
    """Return a page.

    Parameters
    ----------
    request, caller
        What was asked for, and by whom.
    template
        Name of the template, without its ending.
    values
        What it shows.
    here
        Which of the links at the top leads here.
    status
        Of the answer.
    """
    t = strings(language_of(request))
    session = caller.session
    common = {
        "t": t,
        "here": here,
        "back": _path(request),
        "csrf": "" if session is None else session.csrf,
        "who": caller.name,
        "scope": "" if caller.scope is None else caller.scope.value,
        "may_correct": session is not None and caller.may(Scope.CORRECT),
        "may_approve": session is not None and caller.may(Scope.ADMIN),
        "done": _done(request, t),
        "version": _version(),
        "generation": "",
        "published": None,
    }
    text = _environment().get_template(f"{template}.html").render(common | dict(values))
    headers = {"Cache-Control": "private, no-cache", "Vary": "Accept-Language, Cookie"}
    return HTMLResponse(text.encode("utf-8", "xmlcharrefreplace"), status, headers)


def problem_page(
    request: Request, problem: Problem, headers: Mapping[str, str] | None
) -> HTMLResponse:
    """Return the page of an error."""
    answer = page(request, Caller(), "problem", {"problem": problem}, status=problem.status)
    answer.headers.update(headers or {})
    return answer


def _path(request: Request) -> str:
    query = f"?{request.url.query}" if request.url.query else ""
    return f"{quote(request.url.path)}{query}"


def _done(request: Request, t: Strings) -> str:
    """Return which correction led to this page, if it is one that there is a word for."""
    done = request.query_params.get("done", "")
    return done if f"done.{done}" in t.said else ""


def local_path(back: str) -> str:
    """Return `back` where it is a path of this server, else that of the first page."""
    is_local = back.startswith("/") and not back.startswith("//") and "\\" not in back
    return back if is_local else "/"
