"""Telling another program how a night ended."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from engine.errors import InputError

SECONDS = 10
"""How long an answer is waited for."""


def check_address(url: str) -> None:
    """Raise InputError unless `url` can be posted to."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise InputError(f"expected an address that begins with http:// or https://, got {url!r}")


def post(url: str, values: Mapping[str, Any]) -> str:
    """Send `values` as JSON; return what went wrong, or the empty text.

    A night that is published does not fail because nobody listens.

    Raises
    ------
    InputError
        `url` is no web address.
    """
    check_address(url)
    body = json.dumps(values, default=str).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - checked
    try:
        with urllib.request.urlopen(request, timeout=SECONDS):  # noqa: S310 - checked
            return ""
    except (OSError, ValueError) as error:
        return f"{urlsplit(url).hostname} did not take the report: {error}"
