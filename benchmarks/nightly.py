"""Times thirty nights of new articles on a large base: does a late one cost more than an early.

Vectors are made up, since encoding would hide everything else: an encoder that reads the
event and the variation from the text and returns a vector near the event's own. Prints the
seconds of each step, night by night, and the ratio of the last nights to the first ones; on a
busy machine the processor seconds say more than the wall's.

    python benchmarks/nightly.py [N_BASE [N_NIGHTS [N_NEW]]]
"""

from __future__ import annotations

import hashlib
import json
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

import engine

DIM = 384
START = datetime(2023, 1, 1, tzinfo=UTC)
PER_EVENT = 6
"""Articles of an event, all within three days."""

BASE_DAYS = 50
"""The base holds so many days, so each of its days is as large as a night of the default."""

NOISE = 0.6
"""Length of an article's own direction against the event's."""


class MadeUpEncoder:
    """Reads ``event`` and ``variation`` from the first words of a text."""

    fingerprint, dim = "made-up", DIM

    def encode(self, texts: Sequence[str]) -> np.typing.NDArray[np.float32]:
        """Return unit rows, (n_texts, dim)."""
        rows = np.empty((len(texts), DIM), np.float32)
        for row, text in enumerate(texts):
            words = text.split()
            event = hash_number(words[0]) if words else 0
            own = hash_number(text)
            rows[row] = direction(event) + NOISE * direction(own)
        unit: np.typing.NDArray[np.float32] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def hash_number(text: str) -> int:
    """Return a number that depends on nothing but the text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "little")


def direction(seed: int) -> np.typing.NDArray[np.float64]:
    """Return a random unit vector."""
    vector = np.random.default_rng(seed).standard_normal(DIM)
    return vector / np.linalg.norm(vector)


def lines(first: int, n_articles: int, start: datetime, span: timedelta) -> Iterator[str]:
    """Yield articles `first` to `first` + `n_articles`, spread over `span`."""
    randoms = np.random.default_rng(first)
    n_events = max(1, n_articles // PER_EVENT)
    for number in range(n_articles):
        event = first // PER_EVENT + int(randoms.integers(n_events))
        place = (event - first // PER_EVENT) / n_events
        when = start + span * place + timedelta(hours=float(randoms.uniform(0, 12)))
        text = f"event{event}x {' '.join(f'w{w}' for w in randoms.integers(0, 5000, 30))}"
        yield json.dumps(
            {
                "id": f"a{first + number}",
                "title": f"event{event}x number {number}",
                "text": text,
                "language": ("en", "nl", "de", "fr")[number % 4],
                "source": f"S{number % 50}",
                "published_at": when.isoformat(),
            }
        )


def main() -> None:
    """Run the nights and print what they cost."""
    n_base, n_nights, n_new = (
        int(sys.argv[place]) if len(sys.argv) > place else default
        for place, default in ((1, 100_000), (2, 30), (3, 2_000))
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        feed = folder / "feed.jsonl"
        feed.write_text("\n".join(lines(0, n_base, START, timedelta(days=BASE_DAYS))))
        with engine.open(folder / "base", encoder=MadeUpEncoder()) as base:
            started = time.perf_counter()
            base.ingest([feed])
            base.rebuild()
            print(f"base of {n_base} articles: {time.perf_counter() - started:.1f} s", flush=True)
            totals, works = [], []
            for night in range(n_nights + 1):
                day = START + timedelta(days=BASE_DAYS + night)
                first = n_base + night * n_new
                feed.write_text("\n".join(lines(first, n_new, day, timedelta(days=1))))
                busy = time.process_time()
                report = base.nightly([feed], check_vectors=False)
                work = time.process_time() - busy
                total = sum(report.seconds.values())
                # The first night clusters what the base holds of the window: a warm-up.
                totals += [total] * bool(night)
                works += [work] * bool(night)
                steps = ", ".join(f"{name} {s:.2f}" for name, s in report.seconds.items())
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
                print(
                    f"night {night}: {total:.2f} s, processor {work:.2f} s, {report.outcome}, "
                    f"window {report.facts.n_window}, peak {memory:.0f} MiB ({steps})",
                    flush=True,
                )
    for name, values in (("wall", totals), ("processor", works)):
        early, late = np.median(values[:3]), np.median(values[-3:])
        print(f"{name}: first three nights {early:.2f} s, last three {late:.2f} s", end="; ")
        print(f"ratio {late / early:.2f}")


if __name__ == "__main__":
    main()
