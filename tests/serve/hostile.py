"""Requests that mean no good; `scripts/hostile_requests.py` sends thousands of them."""

import json
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

LEAKS = re.compile(rb'Traceback|File "|site-packages|\.py\b|sqlite3?\.|corpus\.sqlite|\bsha256')
"""What only the inside of the server says."""

WORDS = [
    "../../etc/passwd", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "\x00", "\ud800", "' OR 1=1 --",
    '" OR "" MATCH "', "<script>alert(1)</script>", "${jndi:ldap://x}", "{{7*7}}", "a" * 5000,
    "-1", "1e999", "NaN", "9" * 400, "\u202e\u200b", "؀", "null", "[]", "file:///etc/passwd",
    "http://169.254.169.254/latest", "=HYPERLINK(1)", "\r\nSet-Cookie: x=1", "*" * 200,
    "NEAR(" * 50, "(" * 2000, "😀" * 100, "",
]  # fmt: skip

PATHS = [
    "/v1/similar", "/v1/event", "/v1/embed", "/v1/stories", "/v1/stories/{}", "/v1/articles/{}",
    "/v1/stories/{}/history", "/v1/stories/{}/articles", "/v1/labels", "/v1/nights",
    "/v1/nights/{}",
    "/v1/rejects", "/v1/corrections/merge", "/v1/corrections/undo", "/v1/feeds/similar.{}",
    "/v1/feeds/stories/{}.atom", "/v1/articles", "/static/{}", "/{}", "/session", "/v1/metrics",
    "/v1/nights/{}/approve",
    "/v1/openapi.json",
]  # fmt: skip

FIELDS = ["text", "id", "k", "since", "until", "languages", "sources", "minimum", "mode", "limit",
          "cursor", "words", "order", "queries", "texts", "stories", "run", "n"]  # fmt: skip

HEADERS = ["Authorization", "Cookie", "If-None-Match", "Content-Type", "Accept-Encoding", "Accept",
           "X-Forwarded-For", "Origin", "Range", "X-CSRF-Token", "Content-Encoding"]  # fmt: skip

METHODS = [
    *["GET"] * 8,
    *["POST"] * 8,
    "PUT",
    "DELETE",
    "HEAD",
    "OPTIONS",
    "PATCH",
    "TRACE",
    "BREW",
]


@dataclass(frozen=True)
class Hostile:
    """One request."""

    method: str
    path: str
    params: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def hostile_requests(seed: int) -> Iterator[Hostile]:
    """Yield requests without end, the same ones for the same seed."""
    randoms = random.Random(seed)
    while True:
        path = randoms.choice(PATHS).replace("{}", _in_path(randoms.choice(WORDS)))
        params = {
            randoms.choice(FIELDS): _text(randoms.choice(WORDS))
            for _ in range(randoms.randrange(4))
        }
        headers = {
            name: _in_header(randoms.choice(WORDS))
            for name in randoms.sample(HEADERS, randoms.randrange(3))
        }
        body = randoms.choice([b"", randoms.randbytes(300), _json(randoms), _json(randoms)])
        if body[:1] == b"{":
            headers.setdefault("Content-Type", "application/json")
        yield Hostile(randoms.choice(METHODS), path, params, headers, body)


def harm_of(status: int, content: bytes) -> str:
    """Return what an answer gives away, or that the server failed; empty where it is well."""
    if status >= 500 and status != 503:
        return f"status {status}"
    leak = LEAKS.search(content)
    return f"it says {leak[0]!r}" if leak else ""


def _json(randoms: random.Random) -> bytes:
    value: object = randoms.choice([*WORDS, 1, -1, None, True, 1e308, [[]] * 3, {}])
    for _ in range(randoms.randrange(4)):
        value = randoms.choice([[value], {randoms.choice(FIELDS): value}, [value] * 40])
    deep = b'{"queries":' + b"[" * 3000 + b"]" * 3000 + b"}"
    made = json.dumps({randoms.choice(FIELDS): value, randoms.choice(FIELDS): value}).encode()
    return randoms.choice([made, made, made, deep, made[:-3], b'{"k": NaN, "text": "x"}'])


def _text(word: str) -> str:
    return word.encode("utf-8", "replace").decode()


def _in_path(word: str) -> str:
    return _text(word).replace("\r", "%0d").replace("\n", "%0a").replace("\x00", "%00")


def _in_header(word: str) -> str:
    return "".join(one for one in word if " " <= one <= "~") or "x"
