"""Odd surroundings in which a program is started: `scripts/hostile.py` goes through them."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
"""Of Linux, `prctl(2)` and `capabilities(7)`."""

LONGEST_SECONDS = 300
"""After which a call is said to hang."""


@dataclass(frozen=True, slots=True)
class Surrounding:
    """Where a call is made.

    Attributes
    ----------
    environment
        Variables that are set; an empty one is taken away.
    prepare
        Called in the new process before the program starts.
    stdout
        A file that stands for standard output.
    read_only
        Whether nothing of the base may be written.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[], None] | None = None
    stdout: str = os.devnull
    read_only: bool = False


def _small_files(n_bytes: int) -> Callable[[], None]:
    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, n_bytes))

    return limit


def _few_files() -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (24, 24))


def _closed(number: int) -> Callable[[], None]:
    return lambda: os.close(number)


def _without_rights() -> None:
    """Take from root the right to write where that is forbidden; others have it not."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, 0, 0, 0)


FEW_LETTERS = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

SURROUNDINGS = {
    "no home": Surrounding({"HOME": "", "USER": "", "XDG_CACHE_HOME": ""}),
    "LANG=C": Surrounding({"LANG": "C", "LC_ALL": "", **FEW_LETTERS}),
    "LC_ALL=POSIX": Surrounding({"LC_ALL": "POSIX", **FEW_LETTERS}),
    "TERM=dumb": Surrounding({"TERM": "dumb", "COLUMNS": "1", "NO_COLOR": "1"}),
    "no temporary folder": Surrounding({"TMPDIR": "/nowhere"}),
    "a read-only folder": Surrounding(prepare=_without_rights, read_only=True),
    "no file at all": Surrounding(prepare=_small_files(0)),
    "a full disk": Surrounding(prepare=_small_files(100_000)),
    "few open files": Surrounding(prepare=_few_files),
    "closed output": Surrounding(prepare=_closed(1)),
    "closed errors": Surrounding(prepare=_closed(2)),
    "closed input": Surrounding(prepare=_closed(0)),
    "full output": Surrounding(stdout="/dev/full"),
    "a name that is not UTF-8": Surrounding({"ODD_NAME": "1"}),
}
"""What they are called: how a process comes into them. There is no network in any."""

OFFLINE = {"HF_HUB_OFFLINE": "1", "http_proxy": "http://127.0.0.1:1", "no_proxy": ""}


def call_in(name: str, arguments: list[str], base: Path) -> tuple[int, str]:
    """Run the program in surroundings; return its exit code and what it said of errors."""
    where = SURROUNDINGS[name]
    changed = {**OFFLINE, **where.environment, "ENGINE_INDEXES": str(base)}
    environment = {
        key: value
        for key, value in ({**os.environ, **changed}).items()
        if value or key not in changed
    }
    if "ODD_NAME" in changed:
        arguments = [*arguments[:1], *_oddly_named(arguments[1:], base)]
    command: Sequence[str | bytes] = [
        sys.executable,
        "-m",
        "engine.cli",
        *map(os.fsencode, arguments),
    ]
    paths = [base, *base.rglob("*")] if where.read_only else []
    for path in reversed(paths):
        path.chmod(0o555 if path.is_dir() else 0o444)
    try:
        with open(where.stdout, "wb") as stdout:  # noqa: PTH123 - a device
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=subprocess.PIPE,
                env=environment,
                preexec_fn=where.prepare,
                timeout=LONGEST_SECONDS,
                check=False,
            )
    finally:
        for path in paths:
            path.chmod(0o755 if path.is_dir() else 0o644)
    return done.returncode, done.stderr.decode("utf-8", "replace")


def _oddly_named(arguments: Sequence[str], base: Path) -> list[str]:
    """Return the arguments with each file among them under a name that is not UTF-8."""
    odd = []
    for argument in arguments:
        path = Path(argument)
        if path.is_file():
            other = base.parent / f"{path.name}-\udce9"
            other.write_bytes(path.read_bytes())
            odd.append(str(other))
        else:
            odd.append(argument)
    return odd
