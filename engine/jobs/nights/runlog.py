"""The log of nightly runs: one JSON object a line, one line a step."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from engine.disk.files import append_lines
from engine.protocols import Clock


class RunLog:
    """Appends the steps of one run to a file, with the seconds that each took.

    Parameters
    ----------
    path
        JSON lines; made when it is not there.
    clock
        Tells when a step ended.

    Attributes
    ----------
    seconds
        Wall time of each step so far, by name.
    problem
        Why a step could not be written; empty: all were. It fails no night.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._since = time.perf_counter()
        self.seconds: dict[str, float] = {}
        self.problem = ""

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Record what ends the run early, and let it pass."""
        try:
            yield
        except BaseException as error:
            self.step("failed", error=f"{type(error).__name__}: {error}")
            raise

    def step(self, name: str, **facts: object) -> None:
        """Record that a step has ended."""
        now = time.perf_counter()
        self.seconds[name] = round(now - self._since, 3)
        self._since = now
        line = {
            "at": self._clock().isoformat(timespec="milliseconds"),
            "step": name,
            "seconds": self.seconds[name],
            **facts,
        }
        text = json.dumps(line, ensure_ascii=True, default=str)
        try:
            append_lines(self._path, [text])
        except OSError as error:  # a full disk: what was published stays published
            self.problem = f"{self._path}: {error.strerror}"
