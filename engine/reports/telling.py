"""Telling watches what is new: it is kept first and sent then, again where that failed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime
from email.message import EmailMessage
from html import escape
from typing import TypeAlias

from engine.disk.layout import Layout
from engine.disk.lock import WriteLock
from engine.domain import Value
from engine.errors import InputError
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.watches import (
    MAIL,
    WEBHOOK,
    Kept,
    Watch,
    keep_watches,
    kept_watch,
    kept_watches,
)
from engine.jobs.telling.watching import advanced, begun
from engine.reports.html import listed, page
from engine.reports.mail import Server, mail_address, message_of, send
from engine.reports.watch_news import WatchNews, news_since, unsent
from engine.reports.webhook import Delivery, check_address, log_delivery, post
from engine.reports.wording import watch_lines

Send: TypeAlias = Callable[[Sequence[str], WatchNews], str]
"""Sends what is new to a watch to addresses; returns what went wrong, or the empty text."""

Ways: TypeAlias = Mapping[str, Send]
"""How watches are sent, by the name of the way; what has none here waits for another time."""

Locked: TypeAlias = Callable[[], AbstractContextManager[WriteLock]]


@dataclass(frozen=True, slots=True)
class WatchesTold(Value):
    """What watches were told.

    Attributes
    ----------
    news
        Of each watch that has any, in the order in which they were added.
    problems
        What could not be sent, one sentence each; it is sent with what comes next.
    """

    news: tuple[WatchNews, ...]
    problems: tuple[str, ...] = ()


def add_watch(
    lock: WriteLock, reader: Reader, watch: Watch, *, mail: Sequence[str], webhook: str
) -> Watch:
    """Save a watch, to which all that is there now is known; return it as it is kept.

    Parameters
    ----------
    lock, reader
        Of the base.
    watch
        What is to be watched; its ways and the time are filled in.
    mail, webhook
        Addresses to which it is sent; empty: nowhere.

    Raises
    ------
    InputError
        It is no fit watch, there is one of that name, or an address is none.
    NotFoundError
        There is no such story, article or outlet.
    """
    for address in mail:
        mail_address(address)
    if webhook:
        check_address(webhook)
    targets = {MAIL: tuple(mail), WEBHOOK: (webhook,) if webhook else ()}
    kept = begun(reader, watch, {way: where for way, where in targets.items() if where})
    known = kept_watches(lock.layout)
    if watch.name in known:
        raise InputError(f"there is a watch named {watch.name!r}; remove it first")
    keep_watches(lock, [*known.values(), kept])
    return kept.watch


def new_to_watches(reader: Reader, name: str | None = None) -> list[WatchNews]:
    """Return what is new to a watch, or to each of all, and was not told yet."""
    watches = _chosen(reader.layout, name)
    return [
        news_since(reader, before, now)
        for before, now in zip(watches, advanced(reader, watches), strict=True)
    ]


def tell_watches(
    reader: Reader, locked: Locked, ways: Ways, *, name: str | None = None
) -> WatchesTold:
    """Tell watches what is new to them, and send it and what could not be sent before.

    What is new is kept before it is sent, which is done without the lock: a run that is killed
    between sending and noting so sends it again, and none loses it.

    Parameters
    ----------
    reader
        Of the base.
    locked
        Takes the lock of the base.
    ways
        How to send.
    name
        Only this watch; None: all.

    Raises
    ------
    NotFoundError
        There is no such watch.
    LockedError
        Another run is writing.
    """
    with locked() as lock:
        before = _chosen(lock.layout, name)
        now = advanced(reader, before)
        if now != before:
            _keep(lock, now)
    pairs = zip(before, now, strict=True)
    news = [news_since(reader, *pair) for pair in pairs]
    problems: list[str] = []
    sent = [(kept, way) for kept in now for way in _sent(reader, kept, ways, problems)]
    if sent:
        with locked() as lock:
            known = kept_watches(lock.layout)
            for kept, way in sent:
                if (latest := known.get(kept.watch.name)) is not None:
                    known[kept.watch.name] = _without(latest, kept, way)
            keep_watches(lock, known.values())
    return WatchesTold(tuple(one for one in news if one.entries), tuple(problems))


def senders(layout: Layout, server: Server, secret: str, now: Callable[[], datetime]) -> Ways:
    """Return how mails and posts are sent; each try is logged beside those of the nights.

    Parameters
    ----------
    layout
        Of the base.
    server
        That takes mails.
    secret
        Signs what is posted; empty: it is not signed.
    now
        Tells the time of the log.
    """

    def logged(delivery: Delivery) -> str:
        unlogged = log_delivery(layout.webhook_log, delivery, at=now())
        return "; ".join(filter(None, (delivery.problem, unlogged))) if delivery.problem else ""

    def mail(to: Sequence[str], news: WatchNews) -> str:
        problem = send(watch_message(news, to), server)
        return logged(Delivery(server.host, 1, None, problem))

    def webhook(to: Sequence[str], news: WatchNews) -> str:
        delivery = post(to[0], news.to_dict(), secret=secret)
        problem = logged(delivery)
        return problem and f"{delivery.host}: {problem}"

    return {MAIL: mail, WEBHOOK: webhook}


def watch_message(news: WatchNews, to: Sequence[str]) -> EmailMessage:
    """Return what is new to a watch as a mail."""
    n_stories = len(news.entries)
    subject = f"{news.watch.name}: {n_stories} {'story' if n_stories == 1 else 'stories'}"
    body = [f"<h1>{escape(subject)}</h1>"]
    text = [subject]
    for entry in news.entries:
        said = watch_lines(entry)
        body += [f"<h2>{escape(entry.headline)}</h2>", listed(said)]
        text += [
            "",
            entry.headline,
            *(f"- {line.text} {line.headline} {line.url}" for line in said),
        ]
    return message_of(subject, to, "\n".join(text), page(subject, body))


def _sent(reader: Reader, kept: Kept, ways: Ways, problems: list[str]) -> Iterator[str]:
    """Send what is unsent of a watch; yield the ways that worked, and add what did not."""
    for way, to in kept.targets.items():
        news = unsent(reader, kept, way)
        if not news.entries or way not in ways:
            continue
        if problem := ways[way](to, news):
            problems.append(f"watch {kept.watch.name!r} was not sent by {way}: {problem}")
        else:
            yield way


def _without(latest: Kept, sent: Kept, way: str) -> Kept:
    """Return `latest` with the entries of `sent` no longer unsent in a way."""
    done = {(one.run, one.story, one.keys) for one in sent.told}
    told = tuple(
        replace(one, unsent=tuple(other for other in one.unsent if other != way))
        if (one.run, one.story, one.keys) in done
        else one
        for one in latest.told
    )
    return replace(latest, told=told)


def _chosen(layout: Layout, name: str | None) -> list[Kept]:
    return list(kept_watches(layout).values()) if name is None else [kept_watch(layout, name)]


def _keep(lock: WriteLock, changed: Iterable[Kept]) -> None:
    known = kept_watches(lock.layout) | {kept.watch.name: kept for kept in changed}
    keep_watches(lock, known.values())
