"""Telling another program how a night ended, so that it can tell that this was us."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.disk.files import append_lines
from engine.domain import Value
from engine.errors import InputError

SECONDS = 10
"""How long an answer is waited for."""

PAUSES = (1.0, 4.0)
"""Seconds before each further attempt: a few in all, for one that restarts or is busy."""

SIGNATURE = "Engine-Signature"
"""Header: ``t=SECONDS,v1=HEX``, the HMAC-SHA256 of ``SECONDS.BODY`` with the secret; the time,
since 1970, lets the receiver refuse what was sent before."""

MAY_PASS = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
"""Refusals after which it is tried again, as after all from 500 on."""


@dataclass(frozen=True, slots=True)
class Delivery(Value):
    """How telling ended.

    Attributes
    ----------
    host
        That was told; the rest of an address may hold secrets.
    attempts
        How often it was tried.
    status
        Of the last answer; None where there was none.
    problem
        What went wrong; empty: nothing.
    """

    host: str
    attempts: int
    status: int | None
    problem: str


def check_address(url: str) -> None:
    """Raise InputError unless `url` can be posted to."""
    try:
        parts = urlsplit(url)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:  # brackets that hold no address
        is_web = False
    if not is_web:
        raise InputError(f"expected an address that begins with http:// or https://, got {url!r}")


def signature(secret: str, body: bytes, *, at: int) -> str:
    """Return the value of the header `SIGNATURE` for a body that is sent `at` that second."""
    signed = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256)
    return f"t={at},v1={signed.hexdigest()}"


def post(
    url: str,
    values: Mapping[str, Any],
    *,
    secret: str = "",
    pause: Callable[[float], object] = time.sleep,
) -> Delivery:
    """Send `values` as JSON, and again where that fails and may pass.

    A night that is published does not fail because nobody listens. No redirect is followed.

    Parameters
    ----------
    url
        Where to.
    values
        What to tell.
    secret
        Signs it; empty: it is not signed.
    pause
        Waits before another attempt.

    Raises
    ------
    InputError
        `url` is no web address.
    """
    check_address(url)
    host = str(urlsplit(url).hostname)
    body = json.dumps(values, default=str).encode()
    status, problem, attempts = None, "", 0
    for seconds in (0.0, *PAUSES):
        if attempts:
            pause(seconds)
        attempts += 1
        status, problem = _sent(url, body, secret)
        refused = status is not None and status < HTTPStatus.INTERNAL_SERVER_ERROR
        if not problem or (refused and status not in MAY_PASS):
            break
    return Delivery(host, attempts, status, problem)


def log_delivery(path: Path, delivery: Delivery, *, at: datetime) -> str:
    """Append how telling ended to a log; return why it could not be written, or nothing."""
    line = {"at": at.isoformat(timespec="seconds")} | delivery.to_dict()
    try:
        append_lines(path, [json.dumps(line)])
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return ""


def _sent(url: str, body: bytes, secret: str) -> tuple[int | None, str]:
    """Return the status of one attempt, and what went wrong."""
    headers = {"Content-Type": "application/json"}
    if secret:
        headers[SIGNATURE] = signature(secret, body, at=int(time.time()))
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - checked
    try:
        with _OPENER.open(request, timeout=SECONDS) as answer:
            return int(answer.status), ""
    except urllib.error.HTTPError as error:
        return error.code, f"it answered {error.code} {error.reason}"
    except (OSError, ValueError) as error:
        return None, str(error)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Lets a redirect be an error: a secret report goes nowhere else."""

    def redirect_request(self, *_: object) -> None:
        """Follow none."""


_OPENER = urllib.request.build_opener(_NoRedirect)
