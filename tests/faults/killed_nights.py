"""Kills `engine nightly` with SIGKILL at random moments and compares what comes of it.

Two bases get the same articles, some each night. In one every night is killed again and
again at random moments, until it is let through; in the other nothing is disturbed. After
each night both must hold the same articles, stories, memberships and events.

    scripts/kill_nightly.py [N_KILLS [SEED]]
"""

from __future__ import annotations

import json
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import engine
from engine.domain import EncoderSpec

KILLS_A_NIGHT = 20
START_DAY = 1_683_000_000
"""2023-05-02, in seconds since 1970."""

NIGHT = """
import sys
import engine
import engine.jobs.rebuilding.embedding as embed
import engine.jobs.storing.ingest as ingest
embed.TEXTS_AT_ONCE = ingest.ARTICLES_AT_ONCE = 8
print("started", flush=True)
with engine.open(sys.argv[1]) as base:
    base.nightly([sys.argv[2]])
"""

RESULT = {
    "articles": "SELECT key, id, title, body, published FROM articles ORDER BY key",
    "stories": "SELECT * FROM stories ORDER BY story",
    "memberships": "SELECT * FROM memberships ORDER BY article",
    "runs": "SELECT run, parent, kind, state, last_article, last_revision, facts FROM runs",
    "events": "SELECT * FROM events ORDER BY run, ordinal",
    "moves": "SELECT * FROM moves ORDER BY run, article",
    "stages": "SELECT * FROM stages ORDER BY run, story",
    "revisions": "SELECT article, title FROM revisions ORDER BY revision",
}


def write_night(folder: Path, night: int, randoms: random.Random) -> Path:
    """Write the articles of one night: new ones on old and new events, and an edit."""
    lines = []
    for number in range(40):
        event = randoms.randrange(max(0, night - 2) * 4, night * 4 + 8)
        words = random.Random(event).sample(range(10_000), 30)
        text = " ".join(f"w{word}x" for word in randoms.sample(words, 18))
        lines.append(
            {
                "id": f"n{night}a{number}",
                "title": text[:40],
                "text": text,
                "language": "en",
                "source": f"S{number % 5}",
                "published_at": START_DAY + night * 86_400 + number * 600,
            }
        )
    if night:
        lines.append(lines[0] | {"id": f"n{night - 1}a3", "title": f"Edited on night {night}"})
    path = folder / f"night-{night}.jsonl"
    path.write_text("".join(json.dumps(values) + "\n" for values in lines))
    return path


def result(base: Path) -> dict[str, object]:
    """Return everything that must not depend on kills."""
    with closing(sqlite3.connect(base / "corpus.sqlite")) as connection:
        found: dict[str, object] = {
            name: connection.execute(query).fetchall() for name, query in RESULT.items()
        }
    with engine.open(base) as opened:
        found["shown"] = [repr(story) for story in opened.stories()]
        found["rows"] = opened.reader.generation.keys.tolist()
        found["problems"] = opened.verify()
    return found


@contextmanager
def started_night(base: Path, path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Give the process of a night that has loaded its libraries."""
    command = [sys.executable, "-c", NIGHT, str(base), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield process


def run_night(base: Path, path: Path) -> float:
    """Let a night through; return its seconds after the start of the process."""
    with started_night(base, path) as process:
        started = time.monotonic()
        if process.wait():
            raise SystemExit(f"{path.name} failed in {base}")
        return time.monotonic() - started


def kill_night(base: Path, path: Path, after: float) -> bool:
    """Start a night and kill it; return whether it was still running."""
    with started_night(base, path) as process:
        time.sleep(after)
        running = process.poll() is None
        process.kill()
        return running


def main() -> None:
    """Kill until enough nights were killed; exit 1 at the first difference."""
    n_kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    randoms = random.Random(seed)
    n_killed = n_late = night = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        calm, killed = folder / "calm", folder / "killed"
        first = write_night(folder, 0, randoms)
        for base in (calm, killed):
            with engine.open(base) as opened:
                opened.ingest([first])
                opened.rebuild(spec=EncoderSpec("hashing"))
        while n_killed < n_kills:
            night += 1
            path = write_night(folder, night, randoms)
            length = run_night(calm, path)
            for _ in range(min(KILLS_A_NIGHT, n_kills - n_killed)):
                if kill_night(killed, path, randoms.uniform(0, length)):
                    n_killed += 1
                else:
                    n_late += 1
                    break
            run_night(killed, path)
            expected, found = result(calm), result(killed)
            for name, value in expected.items():
                if found[name] != value:
                    sys.exit(f"night {night}, seed {seed}: {name} differ\n{value}\n{found[name]}")
            print(f"night {night}: {n_killed} kills, {n_late} nights ended before one", flush=True)
    print(f"{n_killed} kills in {night} nights: every night ended as if undisturbed")
