"""Sends thousands of hostile requests to a server of its own, over the network.

Prints what became of them; exit code 1 if any leaked something of the inside, was answered
by a failure, or stopped the server.

    python scripts/hostile_requests.py BASE --requests 10000
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

import httpx2

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.serve.hostile import harm_of, hostile_requests  # noqa: E402 - found by the line before

TOKEN = "hostile-requests-know-this"  # noqa: S105 - of a server that lives for some minutes
RAW_SHARE = 20
"""One request in so many is no HTTP at all."""

NO_HTTP = [b"\x16\x03\x01\x02\x00", b"GET\r\n\r\n", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 100,
           b"POST /v1/similar HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
           b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\n\r\n"]  # fmt: skip


@contextmanager
def served(base: Path) -> Iterator[int]:
    """Give the port of a server of `base`."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [sys.executable, "-m", "engine.cli", "serve", "--indexes", str(base)]
    process = subprocess.Popen(
        [*command, f"--port={port}"],
        env=os.environ | {"ENGINE_TOKENS": f"correct:{TOKEN}"},
        stderr=subprocess.DEVNULL,
    )
    try:
        until_ready(port)
        yield port
        if process.poll() is not None:
            raise SystemExit("the server ended")
    finally:
        process.terminate()
        process.wait()


def until_ready(port: int) -> None:
    """Wait for the server to answer."""
    for _ in range(600):
        try:
            if httpx2.get(f"http://127.0.0.1:{port}/v1/ready").status_code == 200:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.1)
    raise SystemExit("the server does not start")


def main() -> None:
    """Send the requests and print what became of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", type=Path)
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    seen: Counter[str] = Counter()
    harms = []
    with (
        served(asked.base) as port,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
    ):
        for number, sent in enumerate(islice(hostile_requests(asked.seed), asked.requests)):
            if number % RAW_SHARE == 0:
                no_http(port, NO_HTTP[number // RAW_SHARE % len(NO_HTTP)])
            headers = {"Authorization": f"Bearer {TOKEN}"} if number % 2 else {}
            try:
                answer = client.request(
                    sent.method, sent.path, params=sent.params, headers=headers | sent.headers,
                    content=sent.body,
                )  # fmt: skip
            except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
                seen[type(error).__name__] += 1
                continue
            seen[str(answer.status_code)] += 1
            if harm := harm_of(answer.status_code, answer.content):
                harms.append(f"{sent.method} {sent.path}: {harm}")
        alive = client.get("/v1/health").status_code == 200
    print(json.dumps({"requests": asked.requests, "answers": dict(seen), "alive": alive}))
    for harm in harms[:20]:
        print(harm)
    sys.exit(bool(harms) or not alive)


def no_http(port: int, content: bytes) -> None:
    """Send bytes that are no request."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        try:
            connection.sendall(content)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1000)
        except OSError:
            pass


if __name__ == "__main__":
    main()
