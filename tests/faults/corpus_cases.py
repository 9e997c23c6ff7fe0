"""Each way to alter the article store and the small files beside it, line by line of the table."""

from __future__ import annotations

import dataclasses
import random
import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import engine
from engine.disk.layout import Layout
from engine.errors import EngineError
from engine.store.checksums import TABLES
from tests.faults import runs
from tests.faults.ground import Answers, Ground, Row, ask, known
from tests.store.cases import CHANGED_KEYS

CHECKED_WAYS_OUT = 20
"""One in so many ways out is taken and its answers compared."""

LOG = "corpus.sqlite-wal"

ZEROED_BYTES = 4096
"""A page of the file that becomes zeros: what a disk gives back for a sector it lost."""


def harm(path: Path, sound: bytes, how: str, randoms: random.Random) -> None:
    """Write at `path` what was there, harmed."""
    harmed = bytearray(sound)
    if how == "a flipped bit":
        bit = randoms.randrange(8 * len(sound))
        harmed[bit // 8] ^= 1 << bit % 8
    elif how == "16 altered bytes":
        start = randoms.randrange(max(1, len(sound) - 16))
        for place in range(start, min(start + 16, len(sound))):
            harmed[place] ^= randoms.randrange(1, 256)
    elif how == "a page of zeros":
        start = randoms.randrange(0, len(sound), ZEROED_BYTES)
        harmed[start : start + ZEROED_BYTES] = bytes(len(harmed[start : start + ZEROED_BYTES]))
    elif how == "two pages that changed places":
        one, other = (randoms.randrange(0, len(sound), ZEROED_BYTES) for _ in range(2))
        pages = [sound[start : start + ZEROED_BYTES] for start in (one, other)]
        harmed[one : one + ZEROED_BYTES], harmed[other : other + ZEROED_BYTES] = pages[::-1]
    else:
        del harmed[randoms.randrange(len(sound)) :]
    path.write_bytes(harmed)


WAYS = (
    "a flipped bit",
    "16 altered bytes",
    "a page of zeros",
    "two pages that changed places",
    "a truncated file",
)


def altered_bytes(ground: Ground, n: int, randoms: random.Random) -> Iterator[Row]:
    """Alter bytes of the article store, in each of `WAYS`; then take it away."""
    path = Layout(ground.folder).corpus
    for place, how in enumerate(WAYS):
        row = Row(f"{how}: corpus.sqlite")
        for number in range(n // len(WAYS) + (place < n % len(WAYS))):
            with altered(path) as sound:
                harm(path, sound, how, randoms)
                check_altered(row, ground, take_way_out=number % CHECKED_WAYS_OUT == 0)
        yield row
    row = Row("a missing file: corpus.sqlite")
    with altered(path):
        path.unlink()
        check_altered(row, ground, take_way_out=True)
    yield row


def altered_rows(ground: Ground, n: int, randoms: random.Random) -> Iterator[Row]:
    """Let another program alter a value, or take a row away, in turn in every table."""
    path = Layout(ground.folder).corpus
    with closing(sqlite3.connect(path)) as connection:
        columns = {
            table: [name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")]
            for table in TABLES
        }
        filled = [t for t in TABLES if connection.execute(f"SELECT 1 FROM {t}").fetchone()]
    places = [(table, column) for table in filled for column in (*columns[table], "")]
    rows = {table: Row(f"an altered row: {table}") for table in filled}
    for number in range(n):
        table, column = places[number % len(places)]
        with altered(path), closing(sqlite3.connect(path)) as connection:
            with connection:
                alter(connection, table, column, randoms)
            connection.close()
            check_altered(rows[table], ground, take_way_out=number % CHECKED_WAYS_OUT == 0)
    yield from rows.values()


def alter(connection: sqlite3.Connection, table: str, column: str, randoms: random.Random) -> None:
    """Alter one value of a table, or without a column take a row away."""
    key = "rowid" if "WITHOUT ROWID" not in definition(connection, table) else None
    (n_rows,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    names = [
        name for _, name, *_, part in connection.execute(f"PRAGMA table_info({table})") if part
    ]
    found = connection.execute(
        f"SELECT {key or ', '.join(names)} FROM {table} LIMIT 1 OFFSET ?",
        (randoms.randrange(n_rows),),
    ).fetchone()
    where = " AND ".join(f"{name} IS ?" for name in ([key] if key else names))
    if not column:
        connection.execute(f"DELETE FROM {table} WHERE {where}", found)
        return
    (value,) = connection.execute(f"SELECT {column} FROM {table} WHERE {where}", found).fetchone()
    for other in (_another(value, randoms), *range(10**6, 10**6 + 9)):
        try:
            connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (other, *found))
        except sqlite3.IntegrityError:  # there is a row of that name
            continue
        return


def definition(connection: sqlite3.Connection, table: str) -> str:
    """Return how a table was made."""
    query = "SELECT sql FROM sqlite_schema WHERE name = ?"
    return str(connection.execute(query, (table,)).fetchone()[0])


def _another(value: object, randoms: random.Random) -> object:
    """Return a value of the same kind that is another."""
    if isinstance(value, int):
        return value + randoms.choice((-1, 1, 86_400))
    if isinstance(value, float):
        return value + 0.25
    if isinstance(value, bytes) and value:
        place = randoms.randrange(len(value))
        return (
            value[:place] + bytes([value[place] ^ 1 << randoms.randrange(8)]) + value[place + 1 :]
        )
    return f"{value or ''}x"


def swapped_vectors(ground: Ground, n: int, randoms: random.Random) -> Iterator[Row]:
    """Let two texts have each other's vector, with its checksum and without."""
    path = Layout(ground.folder).corpus
    row = Row("two vectors that changed places: corpus.sqlite")
    for number in range(n):
        taken = "vector, checksum" if number % 2 else "vector"
        with altered(path), closing(sqlite3.connect(path)) as connection:
            found = connection.execute(f"SELECT text_hash, {taken} FROM embeddings").fetchall()
            (one, *first), (other, *second) = randoms.sample(found, 2)
            marks = ", ".join(f"{name} = ?" for name in taken.split(", "))
            with connection:
                for digest, values in ((one, second), (other, first)):
                    connection.execute(
                        f"UPDATE embeddings SET {marks} WHERE text_hash = ?", (*values, digest)
                    )
            connection.close()
            check_altered(row, ground, take_way_out=number % CHECKED_WAYS_OUT == 0)
    yield row


def swapped_articles(ground: Ground, n: int, randoms: random.Random) -> Iterator[Row]:
    """Let two articles have each other's key."""
    path = Layout(ground.folder).corpus
    row = Row("two articles that changed keys: corpus.sqlite")
    for number in range(n):
        with altered(path), closing(sqlite3.connect(path)) as connection:
            keys = [key for (key,) in connection.execute("SELECT key FROM articles")]
            connection.executescript(CHANGED_KEYS.format(*randoms.sample(keys, 2)))
            connection.close()
            check_altered(row, ground, take_way_out=number % CHECKED_WAYS_OUT == 0)
    yield row


def small_files(ground: Ground, n: int, randoms: random.Random) -> Iterator[Row]:
    """Alter what a base has learnt, was told and remembers."""
    layout = Layout(ground.folder)
    paths = (*layout.learnt, layout.fetched, layout.watches)
    ways = ("a flipped bit", "16 altered bytes", "a truncated file")
    for place, path in enumerate(paths):
        row = Row(f"altered bytes: {path.name}")
        for number in range(n // len(paths) + (place < n % len(paths))):
            with altered(path) as sound:
                harm(path, sound, ways[number % len(ways)], randoms)
                check_altered(row, ground, take_way_out=number % CHECKED_WAYS_OUT == 0)
        yield row


def logs_of_killed_runs(ground: Ground, n: int, randoms: random.Random) -> Iterator[Row]:
    """Alter the write-ahead log of a run that was killed as it ended, and take it away."""
    for job, after in (("nightly", ground.after), ("ingest and rebuild", ground.rebuilt)):
        row = Row(f"altered bytes: corpus.sqlite-wal, {job}")
        with ground.copy() as folder, ground.copy() as harmed:
            left = with_its_log(job, folder, ground.articles)
            sound = (left / LOG).read_bytes()
            for number in range(n // 2):
                shutil.rmtree(harmed)
                shutil.copytree(left, harmed)
                if number:
                    harm(harmed / LOG, sound, WAYS[number % len(WAYS)], randoms)
                else:
                    (harmed / LOG).unlink()
                check_log(row, ground, harmed, job, after)
        yield row


def with_its_log(job: str, folder: Path, articles: Path) -> Path:
    """Run a job; return a copy of the base in which all that it stored is in the log alone."""
    left = folder.parent / "left"
    with closing(sqlite3.connect(Layout(folder).corpus, isolation_level=None)) as connection:
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM articles").fetchone()
        runs.JOBS[job](folder, articles)
        shutil.copytree(folder, left)
    return left


def check_log(row: Row, ground: Ground, folder: Path, job: str, after: Answers) -> None:
    """Expect a refusal or answers of some moment of the run, and that it can be run again."""
    try:
        found = ask(folder)
    except EngineError as error:
        row.refuse(str(error))
    else:
        between = dataclasses.replace(ground.before, n_articles=found.n_articles)
        row.compare(found, ground.before, between, after)
    runs.JOBS[job](folder, ground.articles)
    again = ask(folder)
    row.lost += max(0, after.n_articles - again.n_articles)
    if again != after:
        row.wrong += 1
        print(f"  wrong: {row.fault}, run again: {again.difference(after)}")


@contextmanager
def altered(path: Path) -> Iterator[bytes]:
    """Give the bytes of a file, and put them back."""
    sound = path.read_bytes()
    try:
        yield sound
    finally:
        for left in path.parent.glob(f"{path.name}-*"):
            left.unlink()
        path.write_bytes(sound)


def check_altered(row: Row, ground: Ground, *, take_way_out: bool) -> None:
    """Expect that `verify` finds it, and a refusal or right answers; or that nothing is altered."""
    with engine.open(ground.folder) as base:
        said = base.verify(full=True)
    try:
        found = ask(ground.folder)
    except EngineError as error:
        row.refuse(str(error))
        said.append(str(error))
    except Exception as error:  # noqa: BLE001 - any crash is a finding
        row.wrong += 1
        print(f"  wrong: {row.fault}: {error!r}")
    else:
        # How many articles there are is what is altered, where one is gone.
        found = dataclasses.replace(found, n_articles=ground.before.n_articles)
        if found != ground.before:
            row.wrong += 1
            print(f"  wrong: {row.fault}: {found.difference(ground.before)}, verify: {said}")
        elif said:
            row.harmless += 1
        elif known(ground.folder) == ground.known:
            row.whole += 1
        else:
            row.unseen += 1
            print(f"  unseen: {row.fault}")
    if said and take_way_out:
        with ground.copy() as folder:
            go_on(row, ground, folder, said)


def _import_copy(ground: Ground, folder: Path) -> None:
    shutil.rmtree(folder)
    with engine.open(folder) as base:
        base.import_from(ground.archive)
        assert base.verify(full=True) == []


def go_on(row: Row, ground: Ground, folder: Path, said: Sequence[str]) -> None:
    """Take the way out that messages name, and compare what is answered then."""
    layout, ways = Layout(folder), " ".join(said)
    for path in (*layout.learnt, layout.fetched, layout.watches):
        if str(ground.folder / path.name) in ways:
            path.unlink()
    if "engine import" in ways:
        _import_copy(ground, folder)
        left = []
    else:
        left = _mended(ground, folder)
    if left and LAST_WAY in " ".join((*said, *left)):
        _import_copy(ground, folder)
        left = []
    found = ask(folder)
    row.lost += max(0, ground.before.n_articles - found.n_articles)
    # An article may have got another key, and what is as near as another another place.
    if left or found.untied() != ground.before.untied():
        row.wrong += 1
        print(f"  wrong: {row.fault}: {left or found.difference(ground.before)} after {said}")


LAST_WAY = "if that fails or it is still found then, import a copy"


def _mended(ground: Ground, folder: Path) -> list[str]:
    """Read all inputs again and mend the base; return what is still wrong with it."""
    try:
        with engine.open(folder) as base:
            base.ingest([ground.first, ground.edits])
            base.rebuild(mend=True)
    except EngineError as error:
        return [str(error)]
    with engine.open(folder) as base:
        return base.verify(full=True)
