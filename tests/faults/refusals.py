"""Each way to keep a run from writing; every function yields lines of the table."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults import runs
from tests.faults.ground import Ground, Row, ask


def full_disks(ground: Ground) -> Iterator[Row]:
    """Let a small disk fill up while a night is written."""
    row = Row("no space left on the device")
    n_bytes = sum(path.stat().st_size for path in ground.folder.rglob("*") if path.is_file())
    with ground.copy() as folder:
        disk = folder.parent / "disk"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={4 * n_bytes}", "tmpfs", str(disk)]
        if subprocess.run(mount, capture_output=True, check=False).returncode:
            yield from small_files(ground)
            return
        try:
            for spare in (0, 1 << 14, 1 << 16, 1 << 17, 1 << 18, 1 << 19, 3 << 18, 1 << 20):
                inside = disk / "base"
                shutil.copytree(ground.folder, inside)
                filler = disk / "filler"
                free = shutil.disk_usage(disk).free
                with filler.open("wb") as stream:
                    stream.write(bytes(max(0, free - spare)))
                arguments = ("nightly", inside, ground.articles)
                outcome = runs.ask_run(runs.reported, *arguments)
                filler.unlink()
                check_refused(row, ground, inside, outcome)
                shutil.rmtree(inside)
        finally:
            subprocess.run(["umount", str(disk)], check=True)
    yield row


def small_files(ground: Ground) -> Iterator[Row]:
    """Let no file grow beyond some size: what is left where no disk can be mounted."""
    row = Row("no space left (limit on the size of files)")
    for n_bytes in (0, 1 << 12, 1 << 14, 1 << 15, 1 << 16, 1 << 17, 1 << 18, 1 << 19):
        with ground.copy() as folder:
            outcome = runs.ask_run(runs.limited, "nightly", folder, ground.articles, n_bytes)
            check_refused(row, ground, folder, outcome)
    yield row


def read_only(ground: Ground) -> Iterator[Row]:
    """Forbid writing to the files and folders of a base."""
    row = Row("a read-only folder")
    for job in runs.JOBS:
        with ground.copy() as folder, ground.copy() as spare:
            paths = [folder.parent, folder, *folder.rglob("*")]
            for path in reversed(paths):
                path.chmod(0o555 if path.is_dir() else 0o444)
            arguments = (job, spare, folder, ground.articles)
            outcome = runs.ask_run(runs.powerless, *arguments)
            for path in paths:
                path.chmod(0o755 if path.is_dir() else 0o644)
            check_refused(row, ground, folder, outcome)
    yield row


def check_refused(row: Row, ground: Ground, folder: Path, outcome: tuple[str, str]) -> None:
    """Expect a refusal or success, sound answers, and that the night succeeds once it can."""
    kind, message = outcome
    if kind == "crashed":
        row.wrong += 1
        print(f"  wrong: {row.fault}: {message}")
        return
    found = ask(folder)
    if kind == "done":
        row.compare(found, ground.after)
        return
    row.refuse(message)
    right = dataclasses.replace(ground.before, n_articles=found.n_articles)
    if found not in {right, ground.after}:
        row.wrong += 1
        print(f"  wrong: {row.fault}: {found.difference(ground.before)}")
    runs.night(folder, ground.articles)
    again = ask(folder)
    row.lost += max(0, ground.after.n_articles - again.n_articles)
    if again != ground.after:
        row.wrong += 1
        print(f"  wrong: {row.fault}, run again: {again.difference(ground.after)}")


def two_writers(ground: Ground) -> Iterator[Row]:
    """Write while another process writes; then kill that one."""
    row = Row("two writers")
    for job in runs.JOBS:
        with ground.copy() as folder:
            started = runs.CONTEXT.Event()
            holder = runs.CONTEXT.Process(target=runs.hold, args=(folder, started))
            holder.start()
            started.wait()
            outcome = runs.ask_run(runs.reported, job, folder, ground.articles)
            if ask(folder) != ground.before:
                row.wrong += 1
            holder.kill()
            holder.join()
            check_refused(row, ground, folder, outcome)
    yield row
