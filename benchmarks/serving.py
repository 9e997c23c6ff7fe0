"""Times a server with many users at once, in quiet and while generations are published.

The base is the sample many times over, as in `queries.py`, clustered. Each user asks for the
articles like a title, then for a part of the stories, and reads for a while. In the second
half of the time three generations are published beside the server: an article is pinned, and
twice a few articles come and are clustered. Prints for both halves how many answers came, how
many failed, milliseconds at the median and at the 99th percentile, and what the processors of the
server worked for an answer, which says more on a busy machine; and what the same question takes
in this process without a server, to compare with.

    python benchmarks/serving.py [N_COPIES [SECONDS [USERS]]]
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import httpx2
import numpy as np
from queries import enlarge

import engine
from engine import Article, EncoderSpec

SAMPLE = Path(str(files("engine"))) / "sample" / "articles.jsonl"

READS = 1.0
"""Seconds for which a user reads between two questions."""

PUBLICATIONS = 3


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, int]]:
    """Give the address of a server of a base, and the number of its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "engine.cli",
        "serve",
        "--indexes",
        folder,
        "--port",
        str(port),
    ]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        wait_for(address)
        print(f"first answer after {time.perf_counter() - started:.2f} s")
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str) -> None:
    """Wait until the server answers from a generation."""
    while True:
        try:
            if httpx2.get(f"{address}/v1/stories?limit=1").status_code == httpx2.codes.OK:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.02)


def worked(process: int) -> float:
    """Return milliseconds that a process has worked; Linux tells."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Times:
    """Milliseconds of each kind of question, and those that failed."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = defaultdict(list)
        self.failed: dict[str, int] = defaultdict(int)

    async def ask(self, client: httpx2.AsyncClient, kind: str, **params: object) -> None:
        """Ask once."""
        started = time.perf_counter()
        try:
            answer = await client.get(f"/v1/{kind}", params=params)
            fine = answer.status_code == httpx2.codes.OK
        except httpx2.HTTPError:
            fine = False
        self.found[kind].append(1000 * (time.perf_counter() - started))
        self.failed[kind] += not fine

    def show(self, when: str, milliseconds: float) -> None:
        """Print a line a kind, and what the server worked for an answer of both."""
        n_answers = sum(map(len, self.found.values()))
        print(f"  {when:12} {milliseconds / n_answers:.0f} ms of the processors an answer")
        for kind, times in self.found.items():
            median, late = np.percentile(times, [50, 99])
            print(
                f"  {when:12} {kind:8} {len(times):6} answers, {self.failed[kind]} failed, "
                f"p50 {median:6.0f} ms, p99 {late:6.0f} ms"
            )


async def use(address: str, titles: list[str], seconds: float, users: int) -> Times:
    """Let users ask for a time."""
    times, until = Times(), time.perf_counter() + seconds

    async def one(number: int) -> None:
        await asyncio.sleep(READS * number / users)
        place = number
        while time.perf_counter() < until:
            await times.ask(client, "similar", text=titles[place % len(titles)])
            await asyncio.sleep(READS)
            await times.ask(client, "stories", limit=20)
            await asyncio.sleep(READS)
            place += users

    async with httpx2.AsyncClient(base_url=address, timeout=60) as client:
        await asyncio.gather(*(one(number) for number in range(users)))
    return times


def publish(folder: Path, articles: list[Article], seconds: float) -> None:
    """Publish `PUBLICATIONS` generations, evenly spaced in a time."""
    with engine.open(folder, wait=60) as base:
        story = base.stories()[0]
        base.pin(story.article_ids[0])
        for number in range(1, PUBLICATIONS):
            time.sleep(seconds / PUBLICATIONS)
            base.nightly([replace(one, id=f"{one.id}-new-{number}", url="") for one in articles])


async def with_publications(
    address: str, folder: Path, titles: list[str], seconds: float, users: int
) -> Times:
    """Let users ask while generations are published by another process."""
    command = [sys.executable, __file__, "publish", str(folder), str(seconds)]
    other = await asyncio.create_subprocess_exec(*command)
    times = await use(address, titles, seconds, users)
    if await other.wait():
        raise SystemExit("a publication failed")
    return times


def in_process(folder: Path, titles: list[str]) -> float:
    """Return milliseconds of a question at the median, one after the other, without a server."""
    with engine.open(folder) as base:
        base.similar(titles[0])
        times = []
        for title in titles[:50]:
            started = time.perf_counter()
            base.similar(title)
            times.append(1000 * (time.perf_counter() - started))
    return float(np.median(times))


def main(n_copies: int = 60, seconds: float = 60.0, users: int = 20) -> None:
    """Serve, and ask in quiet and during publications."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "base"
        with engine.open(folder) as base:
            base.ingest(SAMPLE)
            base.rebuild(spec=EncoderSpec(os.environ.get("ENCODER", "e5-small")))
            articles = list(base.iter_articles())
            enlarge(base, n_copies)
            base.cluster()
            print(f"{base.status().n_articles} articles, {len(base.stories())} stories")
        titles = [article.title for article in articles if article.title]
        print(f"without a server, one by one: {in_process(folder, titles):.0f} ms at the median")
        with served(folder) as (address, server):
            before = worked(server)
            quiet = asyncio.run(use(address, titles, seconds, users))
            quiet.show("quiet", worked(server) - before)
            before = worked(server)
            busy = asyncio.run(with_publications(address, folder, titles, seconds, users))
            busy.show("publications", worked(server) - before)


if __name__ == "__main__":
    if sys.argv[1:2] == ["publish"]:
        with engine.open(sys.argv[2]) as opened:
            few = list(opened.iter_articles())[:5]
        publish(Path(sys.argv[2]), few, float(sys.argv[3]))
    else:
        main(*map(int, sys.argv[1:]))
