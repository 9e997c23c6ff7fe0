"""Each way to break what is written; every function yields lines of the table."""

from __future__ import annotations

import dataclasses
import json
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import engine
from engine.disk.layout import Layout
from engine.disk.lock import writing
from engine.encoding import HashingEncoder
from engine.errors import EngineError, NotFoundError
from engine.generations.generation import live_name, open_live
from engine.generations.manifest import SCHEMA_VERSION, name_of
from engine.generations.publishing import publish_stories
from engine.generations.upkeep import prune, rollback
from tests.faults import runs
from tests.faults.ground import Answers, Ground, Row, ask

CHECKED_WAYS_OUT = 10
"""One in so many ways out is taken and its answers compared."""


def kills(ground: Ground, n_kills: int, randoms: random.Random) -> Iterator[Row]:
    """Kill runs at each of their writes, and at random moments."""
    for job, after in (("nightly", ground.after), ("ingest and rebuild", ground.rebuilt)):
        row = Row(f"SIGKILL at a write of {job}")
        for number in range(1, 1000):
            with ground.copy() as folder:
                arguments = (job, folder, ground.articles, number)
                if runs.run(runs.kill_at_write, *arguments) != -9:
                    break
                check_killed(row, ground, folder, job, after)
        yield row
        row = Row(f"SIGKILL at a random moment of {job}")
        for _ in range(n_kills):
            with ground.copy() as folder:
                started = runs.CONTEXT.Event()
                process = runs.CONTEXT.Process(
                    target=runs.plain, args=(job, folder, ground.articles, started)
                )
                process.start()
                started.wait()
                time.sleep(randoms.uniform(0, 1.5))
                process.kill()
                process.join()
                check_killed(row, ground, folder, job, after)
        yield row


def check_killed(row: Row, ground: Ground, folder: Path, job: str, after: Answers) -> None:
    """Expect the answers of before or after, and those of after once the job is run again."""
    found = ask(folder)
    between = dataclasses.replace(ground.before, n_articles=found.n_articles)
    if not row.compare(found, ground.before, between, after, ground.rebuilt):
        return
    with engine.open(folder) as base:
        if problems := base.verify():
            row.wrong += 1
            print(f"  wrong: {row.fault}: {problems}")
    runs.JOBS[job](folder, ground.articles)
    if (again := ask(folder)) != after:
        row.wrong += 1
        print(f"  wrong: {row.fault}, run again: {again.difference(after)}")


def flips(ground: Ground, n_flips: int, randoms: random.Random) -> Iterator[Row]:
    """Flip one bit at a time in each file of the live generation."""
    layout = Layout(ground.folder)
    folder = layout.generation(live_name(layout)).folder
    files = sorted(path for path in folder.iterdir() if path.stat().st_size)
    for place, path in enumerate(files):
        row = Row(f"a flipped bit in {path.name}{ground.label}")
        sound = path.read_bytes()
        for number in range(n_flips // len(files) + (place < n_flips % len(files))):
            bit = randoms.randrange(8 * len(sound))
            harmed = bytearray(sound)
            harmed[bit // 8] ^= 1 << bit % 8
            path.write_bytes(harmed)
            try:
                check_harmed(row, ground, take_way_out=number % CHECKED_WAYS_OUT == 0)
            finally:
                path.write_bytes(sound)
        yield row


def cuts(ground: Ground, randoms: random.Random) -> Iterator[Row]:
    """Cut each file of the live generation, and take it away."""
    layout = Layout(ground.folder)
    cut, gone = Row(f"a truncated file{ground.label}"), Row(f"a missing file{ground.label}")
    for path in sorted(layout.generation(live_name(layout)).folder.iterdir()):
        sound = path.read_bytes()
        for _ in range(4 if sound else 0):
            path.write_bytes(sound[: randoms.randrange(len(sound))])
            check_harmed(cut, ground, take_way_out=True)
            path.write_bytes(sound)
        path.unlink()
        check_harmed(gone, ground, take_way_out=True)
        path.write_bytes(sound)
    yield cut
    yield gone


def check_harmed(row: Row, ground: Ground, *, take_way_out: bool) -> None:
    """Expect a refusal whose way out works, or right answers and a finding of `verify`."""
    try:
        found = ask(ground.folder)
    except EngineError as error:
        row.refuse(str(error))
        if take_way_out:
            with ground.copy() as folder:
                go_on(row, ground, folder)
        return
    with engine.open(ground.folder) as base:
        if found == ground.before and base.verify():
            row.harmless += 1
        else:
            row.wrong += 1
            print(f"  wrong: {row.fault}: {found.difference(ground.before) or 'not noticed'}")


def go_on(row: Row, ground: Ground, folder: Path) -> None:
    """Take the way out that messages name, and compare what is answered then."""
    if not (ground.goes_back and went_back(Layout(folder))):
        with engine.open(folder) as base:
            base.rebuild()
    found = ask(folder)
    row.lost += max(0, ground.mended.n_articles - found.n_articles)
    if found.neighbours != ground.mended.neighbours:
        row.wrong += 1
        print(f"  wrong: {row.fault}: other neighbours after the way out")


def went_back(layout: Layout) -> bool:
    """Make the generation before live, if there is a sound one."""
    try:
        with writing(layout, command="faults") as lock:
            rollback(lock)
    except NotFoundError:
        return False
    return True


def pointers(ground: Ground) -> Iterator[Row]:
    """Take the pointer to the live generation away, or let it point elsewhere."""
    current = Layout(ground.folder).current
    sound = current.read_bytes()
    row = Row("CURRENT missing or broken")
    for content in (None, b"", b"\xff\n", b"nonsense\n", b"../corpus.sqlite\n", sound[:-2]):
        current.unlink() if content is None else current.write_bytes(content)
        check_harmed(row, ground, take_way_out=True)
        current.write_bytes(sound)
    yield row


def long_reader(ground: Ground) -> Iterator[Row]:
    """Read one generation while fifty others are published and old ones are pruned."""
    row = Row("a reader across 50 publications")
    with ground.copy() as folder, engine.open(folder) as reader:
        layout = Layout(folder)
        generation = reader.reader.generation
        stories = generation.stories()
        rows = generation.vectors()
        for _ in range(50):
            with writing(layout, command="faults") as lock:
                live, now = open_live(layout), datetime.now(UTC)
                publish_stories(lock, live, [], now=now, run=generation.manifest.run)
                prune(lock, keep=1)
            found = generation.index.search(rows[:3], 5)
            same = generation.stories() == stories and (found.rows[:, 0] == [0, 1, 2]).all()
            row.whole += bool(same)
            row.wrong += not same
        if layout.generation(generation.name).folder.exists():
            row.wrong += 1
    yield row


def strangers(ground: Ground) -> Iterator[Row]:
    """Let a newer engine or another encoder have made the live generation."""
    row = Row("a newer schema")
    with ground.copy() as folder:
        layout = Layout(folder)
        name = live_name(layout)
        values = json.loads(layout.generation(name).manifest.read_text(encoding="utf-8"))
        content = json.dumps(values | {"schema": SCHEMA_VERSION + 1}).encode()
        newer = name_of(content, datetime.now(UTC))
        layout.generation(name).manifest.write_bytes(content)
        layout.generation(name).folder.rename(layout.generation(newer).folder)
        layout.current.write_text(newer, encoding="ascii")
        try:
            ask(folder)
            row.wrong += 1
        except EngineError as error:
            row.refuse(str(error))
            go_on(row, ground, folder)
    yield row
    row = Row("another encoder")
    with engine.open(ground.folder) as base:
        dim = base.reader.generation.manifest.dim
    with engine.open(ground.folder, encoder=HashingEncoder(dim=dim * 2)) as base:
        try:
            base.query("a text")
            row.wrong += 1
        except EngineError as error:
            row.refuse(str(error))
    yield row
