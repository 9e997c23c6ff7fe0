"""Times a server with many users at once, in quiet and while generations are published.

The base is a made-up stream, as in `million.py`, clustered. Each user asks for the articles
like a title, then for a part of the stories, and reads for a while. In the second half of the
time three generations are published beside the server: an article is pinned, and twice a few
articles come and are clustered. Prints how long the server took to its first answer, page and
search, after which the users come; for both halves how many answers came, how many failed,
milliseconds at the median and at the 99th percentile, what the processors of the server worked
for an answer, which says more on a busy machine, and the memory of the server minute by minute;
and what the same question takes in this process without a server, to compare with.

    python benchmarks/serving.py --vectors a.npy b.npy --articles 100000 --seconds 600

With `--folder`, a copy of a ready base is served instead of one that is made. Whether memory
stays flat, an hour of either shows:

    python benchmarks/serving.py --folder copy --seconds 7200
"""

from __future__ import annotations

import argparse
import asyncio
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

import httpx2
import numpy as np
from stream import Stream, name_of, read_seeds

import engine
from engine import EncoderSpec
from engine.encoding import open_encoder

VECTORS_AT_ONCE = 4096

ARTICLES_A_DAY = 2000

READS = 1.0
"""Seconds for which a user reads between two questions."""

WARMS = 15.0
"""Seconds in which a server gets all ready after its first answers."""

PUBLICATIONS = 3

NEW = 5
"""Articles that come with a publication."""

MEMORY_EVERY = 60.0
"""Seconds between two looks at the memory of the server."""

NICE = 10
"""How far a night stands back for others, as `scripts/nightly.service` has it."""


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
        str(folder),
        "--port",
        str(port),
    ]
    started = time.perf_counter()
    process = subprocess.Popen(command, env=os.environ, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        for what, path in (
            ("answer", "/v1/stories?limit=1"),
            ("page", "/"),
            ("search", "/v1/similar?text=flood"),
        ):
            wait_for(f"{address}{path}", process)
            worked_ms = worked(process.pid)
            print(
                f"first {what} after {time.perf_counter() - started:.2f} s, "
                f"{worked_ms / 1000:.2f} s of the processors"
            )
        time.sleep(WARMS)
        yield address, process.pid
    finally:
        process.terminate()
        process.wait()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    """Wait until the server answers at an address."""
    while process.poll() is None:
        try:
            if httpx2.get(address, timeout=60).status_code == httpx2.codes.OK:
                return
        except httpx2.HTTPError:
            pass
        time.sleep(0.02)
    raise SystemExit("the server ended before it answered")


def worked(process: int) -> float:
    """Return milliseconds that a process has worked; Linux tells."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return 1000 * (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def memory(process: int) -> int:
    """Return the MiB that a process holds besides mapped files; Linux tells."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("RssAnon:")[2].split()[0]) >> 10


class Times:
    """Milliseconds of each kind of question, and those that failed."""

    def __init__(self) -> None:
        self.found: dict[str, list[float]] = defaultdict(list)
        self.failed: dict[str, int] = defaultdict(int)

    async def ask(self, client: httpx2.AsyncClient, kind: str, **params: str | int) -> None:
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


@asynccontextmanager
async def memory_watched(process: int) -> AsyncIterator[None]:
    """Print in the end how much memory a process held, every `MEMORY_EVERY`."""
    held = [memory(process)]

    async def watch() -> None:
        while True:
            await asyncio.sleep(MEMORY_EVERY)
            held.append(memory(process))

    watching = asyncio.create_task(watch())
    try:
        yield
    finally:
        watching.cancel()
        print(f"  memory, MiB: {' '.join(map(str, [*held, memory(process)]))}")


def publish(folder: Path, seconds: float) -> None:
    """Publish `PUBLICATIONS` generations, evenly spaced, standing back for the server."""
    os.nice(NICE)
    feed = folder.with_name("new.jsonl")
    with engine.open(folder, wait=60) as base:
        n_articles = base.status().n_articles
        base.pin(base.stories()[0].article_ids[0])
        for number in range(1, PUBLICATIONS):
            time.sleep(seconds / PUBLICATIONS)
            first = n_articles + number * NEW
            stream = Stream(read_seeds([]), first + NEW, ARTICLES_A_DAY)
            stream.write(feed, range(first, first + NEW))
            base.nightly([feed], check_vectors=False)  # those of what is stored are made up


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
    with engine.open(folder, many_questions=True) as base:
        base.similar(titles[0])
        times = []
        for title in titles[:50]:
            started = time.perf_counter()
            base.similar(title)
            times.append(1000 * (time.perf_counter() - started))
    return float(np.median(times))


def make(folder: Path, vectors: list[Path], n_articles: int) -> None:
    """Make a base of a stream whose vectors, around real ones, are the built-in encoder's."""
    stream = Stream(read_seeds(vectors), n_articles, ARTICLES_A_DAY)
    feed = folder.with_name("feed.jsonl")
    stream.write(feed, range(n_articles))
    fingerprint = open_encoder(EncoderSpec()).fingerprint
    with engine.open(folder) as base:
        base.ingest([feed])
        for start in range(0, n_articles, VECTORS_AT_ONCE):
            rows = range(start, min(start + VECTORS_AT_ONCE, n_articles))
            ids = [name_of(row) for row in rows]
            base.add_vectors(ids, stream.vectors(np.array(rows)), fingerprint=fingerprint)
        base.rebuild()
        base.cluster()


def titles_of(folder: Path) -> list[str]:
    """Return titles of the base without their numbers."""
    with engine.open(folder) as base:
        print(f"{base.status().n_articles} articles, {len(base.stories())} stories")
        rows = np.random.default_rng(0).choice(base.status().n_articles, 200, replace=False)
        found = base.articles([name_of(row) for row in rows.tolist()]).values()
        return [article.title.partition(" ")[2] for article in found]


def main() -> None:
    """Serve, and ask in quiet and during publications."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vectors", type=Path, nargs="*", default=[])
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--folder", type=Path, help="Copy of a base of the stream.")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as root:
        folder = asked.folder or Path(root) / "base"
        if asked.folder is None:
            make(folder, asked.vectors, asked.articles)
        titles = titles_of(folder)
        print(f"without a server, one by one: {in_process(folder, titles):.0f} ms at the median")
        with served(folder) as (address, server):
            asyncio.run(both_halves(address, server, folder, titles, asked))


async def both_halves(
    address: str, server: int, folder: Path, titles: list[str], asked: argparse.Namespace
) -> None:
    """Ask in quiet, and then during publications."""
    part = asked.seconds / 2
    halves = {
        "quiet": partial(use, address, titles, part, asked.users),
        "publications": partial(with_publications, address, folder, titles, part, asked.users),
    }
    for when, half in halves.items():
        before = worked(server)
        async with memory_watched(server):
            times = await half()
        times.show(when, worked(server) - before)


if __name__ == "__main__":
    if sys.argv[1:2] == ["publish"]:
        publish(Path(sys.argv[2]), float(sys.argv[3]))
    else:
        main()
