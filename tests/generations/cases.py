"""Vectors, stories and generations that the tests of indexing share."""

import time
from datetime import UTC, datetime

import numpy as np

from engine.disk.lock import writing
from engine.domain import UNDATED, EncoderSpec, Story
from engine.generations.drafting import draft
from engine.generations.publishing import publish, publish_stories
from engine.generations.staging import RowBlock

FINGERPRINT = "hashing/256"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def unit_rows(n, dim, *, seed=0, n_events=None):
    """Return rows around `n_events` directions, as news about events gives them."""
    random = np.random.default_rng(seed)
    events = random.standard_normal((n_events or max(1, n // 5), dim))
    rows = events[random.integers(len(events), size=n)] + random.standard_normal((n, dim)) * 0.5
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def story(number=1):
    return Story(
        id=f"s-{number:012x}",
        article_ids=("a", f"b\u2028{number}", "в"),
        headline='Ein "Titel"\nmit Zeilen \ud800',
        languages=("de", "uk"),
        sources=("Blatt",),
        started=datetime(2023, 5, 9, 12, 30, 0, 125, UTC),
        ended=None,
        cohesion=0.75,
        keywords=("Бахмут",),
        strengths=(1.0, 0.5, 1 / 3),
    )


def rows(n=40, *, seed=0, dim=16, first_key=1):
    """Return `n` articles as a block of rows with gaps between the keys."""
    random = np.random.default_rng(seed)
    published = random.integers(1_600_000_000, 1_700_000_000, n)
    published[::7] = UNDATED
    return RowBlock(
        keys=first_key - 1 + np.cumsum(random.integers(1, 4, n)).astype(np.int64),
        published=published,
        revisions=random.integers(0, 1 << 60, n),
        vectors=unit_rows(n, dim, seed=seed),
    )


def locked(layout):
    return writing(layout, command="test", create=True)


def under_lock(write, layout, *given, **options):
    """Call `write` with the lock of `layout`, held for as long as it takes."""
    with locked(layout) as lock:
        return write(lock, *given, **options)


def draft_one(lock, *, kind=None, seed=0, **changes):
    return draft(
        lock, [rows(seed=seed, **changes)], centring=f"centring {seed}".encode(), kind=kind
    )


def publish_one(layout, *, n_stories=1, now=NOW, **changes):
    with locked(layout) as lock:
        return publish_draft(lock, draft_one(lock, **changes), n_stories=n_stories, now=now)


def publish_rows(layout, blocks, *, kind=None):
    with locked(layout) as lock:
        return publish_draft(lock, draft(lock, blocks, centring=b"centring", kind=kind))


def publish_draft(lock, made, *, n_stories=0, now=NOW):
    return publish(
        lock,
        made,
        now=now,
        stories=[story(number) for number in range(n_stories)],
        run=n_stories,
        fingerprint=FINGERPRINT,
        encoder=EncoderSpec("hashing"),
    )


def republish(generation, stories, *, run=1):
    """Publish the generation again with other stories."""
    return under_lock(publish_stories, generation.layout, generation, stories, now=NOW, run=run)


def publish_forever(layout):
    """Publish generation after generation until killed; run in another process."""
    seed = 0
    while True:
        seed += 1
        publish_one(layout, n=20, seed=seed)


def hold_lock(layout, ready):
    """Hold the lock until killed; run in another process."""
    with writing(layout, command="engine rebuild", create=True):
        ready.set()
        time.sleep(60)


def flip(path, bit):
    """Alter one bit of a file."""
    data = bytearray(path.read_bytes())
    data[bit // 8 % len(data)] ^= 1 << bit % 8
    path.write_bytes(data)


def block(keys, *, seed, dim=16):
    keys = np.array(keys, np.int64)
    made = rows(len(keys), seed=seed, dim=dim)
    return RowBlock(keys, made.published, made.revisions, made.vectors)


def expect_rows(generation, expected):
    """Compare a generation with a dict of key -> (published, revision, vector)."""
    keys = sorted(expected)
    assert generation.keys.tolist() == keys
    assert generation.published.tolist() == [expected[key][0] for key in keys]
    assert generation.revisions.tolist() == [expected[key][1] for key in keys]
    vectors = np.array([expected[key][2] for key in keys], np.float32).reshape(len(keys), -1)
    np.testing.assert_array_equal(
        generation.vectors(), vectors.astype(np.float16).reshape(generation.vectors().shape)
    )
