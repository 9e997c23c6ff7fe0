"""Runs of the engine in processes of their own, which `scripts/faults.py` harms."""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Sequence
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import TypeAlias

import engine
from engine.disk.layout import Layout
from engine.disk.lock import writing
from engine.errors import EngineError

Reports: TypeAlias = "Queue[tuple[str, str]]"
"""Where a run says what became of it: `refused`, `crashed` or `done`, and a message."""

WRITES = {"os.rename", "os.link", "os.mkdir", "os.rmdir", "os.remove", "os.truncate"}
"""Events of Python's audit hooks that change a folder."""

NOBODY = 65534
"""User that may write nothing; root may write even where writing is forbidden."""

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.faults.runs", "engine.facade", "faiss", "filelock"])


def night(folder: Path, articles: Path) -> None:
    """Take in articles and bring everything up to date."""
    with engine.open(folder) as base:
        base.nightly([articles])


def rebuild(folder: Path, articles: Path) -> None:
    """Take in articles and publish them with the stories as they were."""
    with engine.open(folder) as base:
        base.ingest([articles])
        base.rebuild()


JOBS = {"nightly": night, "ingest and rebuild": rebuild}


def kill_at_write(job: str, folder: Path, articles: Path, number: int) -> None:
    """Run a job and kill this process just before its `number`-th write."""
    made = 0

    def count(event: str, arguments: Sequence[object]) -> None:
        nonlocal made
        writes = event in WRITES or (
            event == "open" and isinstance(arguments[2], int) and arguments[2] & os.O_ACCMODE
        )
        if writes and str(folder) in str(arguments[0]):
            made += 1
            if made == number:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    JOBS[job](folder, articles)


def plain(job: str, folder: Path, articles: Path, started: Event) -> None:
    """Run a job; the parent kills it when it likes."""
    started.set()
    JOBS[job](folder, articles)


def limited(job: str, folder: Path, articles: Path, n_bytes: int, said: Reports) -> None:
    """Run a job where no file may grow beyond `n_bytes`, as on a full disk."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))
    reported(job, folder, articles, said)


def powerless(job: str, spare: Path, folder: Path, articles: Path, said: Reports) -> None:
    """Run a job as a user who may not write; first on a spare base, to load everything."""
    JOBS[job](spare, articles)
    if os.getuid() == 0:
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    reported(job, folder, articles, said)


def reported(job: str, folder: Path, articles: Path, said: Reports) -> None:
    """Run a job and put what becomes of it into `said`: a kind and a message."""
    try:
        JOBS[job](folder, articles)
    except EngineError as error:
        said.put(("refused", str(error)))
    except BaseException as error:  # noqa: BLE001 - any crash is a finding
        said.put(("crashed", repr(error)))
    else:
        said.put(("done", ""))


def hold(folder: Path, started: Event) -> None:
    """Hold the lock until killed."""
    with writing(Layout(folder), command="engine rebuild"):
        started.set()
        time.sleep(600)


def run(target: Callable[..., None], *arguments: object) -> int | None:
    """Run `target` in a process and return its exit code; -9: it was killed."""
    process = CONTEXT.Process(target=target, args=arguments)
    process.start()
    process.join()
    code = process.exitcode
    process.close()
    return code


def ask_run(target: Callable[..., None], *arguments: object) -> tuple[str, str]:
    """Run `target`, which reports into its last argument, and return the report."""
    said: Reports = CONTEXT.Queue()
    process = CONTEXT.Process(target=target, args=(*arguments, said))
    process.start()
    answer = said.get(timeout=600)
    process.join()
    process.close()
    return answer
