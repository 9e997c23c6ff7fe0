"""What a server is told when it starts."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from engine.jobs.base.setup import SHIPPED, Setup
from engine.serve.tokens import Token

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""What a browser on this machine may call the server; a page elsewhere that makes a name of its
own lead to this machine (DNS rebinding) calls it something else."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request, and all of them together, may ask for.

    Attributes
    ----------
    body_bytes
        Largest body of a request.
    seconds
        After this time a request is answered with an error, and its body must be there.
    at_once
        Requests that are answered at the same time; more are turned away.
    per_minute
        Requests of one address a minute, after a minute's worth at once.
    """

    body_bytes: int = 1 << 20
    seconds: float = 30.0
    at_once: int = 64
    per_minute: int = 6000


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Where a server listens, to whom, and what it turns away.

    Attributes
    ----------
    host, port
        Where it listens.
    names
        Host names under which it is reached from elsewhere, as through a proxy.
    tokens
        Those of the environment; the file of a base may hold more.
    limits
        What is turned away.
    """

    host: str = "127.0.0.1"
    port: int = 8080
    names: tuple[str, ...] = ()
    tokens: Sequence[Token] = ()
    limits: Limits = Limits()

    @property
    def is_open(self) -> bool:
        """Whether anybody who reaches the server may read: only this machine reaches it."""
        return is_loopback(self.host) and not self.names

    @property
    def host_names(self) -> tuple[str, ...]:
        """What requests may call the server; empty: anything, since tokens are needed."""
        if not is_loopback(self.host):
            return self.names
        return (*LOOPBACK_NAMES, *self.names)


@dataclass(frozen=True, slots=True)
class Settings(Listening):
    """What the server of a base is told when it starts.

    Attributes
    ----------
    folder
        The base.
    setup
        What varies in the base; a correction waits `Setup.patience` for a run to end.
    follow_every
        How often it looks whether something was published.
    """

    folder: Path
    setup: Setup = SHIPPED
    follow_every: timedelta = field(default=timedelta(seconds=1))


def is_loopback(host: str) -> bool:
    """Tell whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
