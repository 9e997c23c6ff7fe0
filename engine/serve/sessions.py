"""Who is signed in to the pages: a cookie that only the browser has, and a mark for its forms."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from engine.protocols import Clock
from engine.serve.tokens import Scope

COOKIE = "engine_session"

LASTS = timedelta(hours=12)
"""How long nobody need sign in again: a working day."""

MOST_SESSIONS = 1_000
"""Sessions that are kept; the oldest make way."""


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody who is signed in.

    Attributes
    ----------
    id
        What the cookie holds.
    name, scope
        Of the token that was given.
    csrf
        What a form must hold to be taken as one of the pages' own.
    ends
        When it is over.
    """

    id: str
    name: str
    scope: Scope
    csrf: str
    ends: datetime


class Sessions:
    """The sessions of this process; a restart ends them all.

    Parameters
    ----------
    clock
        Tells when they end.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: OrderedDict[str, Session] = OrderedDict()
        self._lock = threading.Lock()

    def begin(self, name: str, scope: Scope) -> Session:
        """Return a new session."""
        session = Session(
            secrets.token_urlsafe(), name, scope, secrets.token_urlsafe(), self._clock() + LASTS
        )
        with self._lock:
            self._known[session.id] = session
            if len(self._known) > MOST_SESSIONS:
                self._known.popitem(last=False)
        return session

    def find(self, id_: str | None) -> Session | None:
        """Return the session of that id unless it is over."""
        session = self._known.get(id_ or "")
        return session if session is not None and session.ends > self._clock() else None

    def end(self, id_: str) -> None:
        """End a session."""
        with self._lock:
            self._known.pop(id_, None)
