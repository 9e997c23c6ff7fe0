"""Gives the program files, flags and surroundings that mean harm.

Every call must end without a traceback and with a documented exit code, and the base must be
sound afterwards and still hold the articles that no call was asked to forget. Three kinds:

- *files*: inputs of every format that is read, and exports and labels, with bytes altered;
- *flags*: odd values for the arguments and options of every command, from the tree of commands;
- *surroundings*: no home, few letters, nothing that may be written, a full disk, closed output.

    scripts/hostile.py [--n 10000] [--seed 0]
"""

from __future__ import annotations

import argparse
import io
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import typer

import engine
from engine.cli.main import app, run
from engine.domain import EncoderSpec
from tests.faults.ground import SAMPLE
from tests.faults.surroundings import SURROUNDINGS, call_in
from tests.reading.fuzz_cases import SEEDS, mutated

PROGRAM = typer.main.get_command(app)

CODES = range(7)
"""Exit codes that the program documents."""

KEPT = "kept"
"""Id of an article that no call is asked to forget."""

CHECKED_CALLS = 100
"""Calls after which the base is verified."""

UNTRIED = {"help", "install_completion", "show_completion"}
"""Options that print and end, or write into a person's own folder."""

LARGE_MODEL = {"evaluate", "replay", "nightly", "rebuild"}
"""Commands that would load a large model where no encoder is named."""


@dataclass(slots=True)
class Findings:
    """What became of the calls: how many ended with each code, and those that did harm."""

    codes: Counter[int] = field(default_factory=Counter)
    harm: list[str] = field(default_factory=list)

    @property
    def n(self) -> int:
        """Return the number of calls."""
        return self.codes.total()

    def add(self, arguments: Sequence[object], code: int, err: str) -> None:
        """Count one call; keep what was wrong with it."""
        self.codes[code] += 1
        if code not in CODES or "Traceback" in err:
            self.harm.append(f"{code} {list(map(str, arguments))!r}: {err[-2000:]}")
            print(f"  harm: {self.harm[-1]}", flush=True)


class Arena:
    """A small base to be harmed, a copy of it, and files that arguments may name."""

    def __init__(self, scratch: Path) -> None:
        """Make it."""
        scratch.chmod(0o755)
        self.scratch, self.base, self.sound = scratch, scratch / "base", scratch / "sound"
        self.file = scratch / "input"
        os.chdir(scratch)  # where names without a folder are
        lines = SAMPLE.read_text(encoding="utf-8").splitlines()[:40]
        lines.append(
            f'{{"id": "{KEPT}", "title": "Kept", "text": "A tram stopped.", "source": "K"}}'
        )
        (scratch / "sample.jsonl").write_text("\n".join(lines), encoding="utf-8")
        with engine.open(self.base) as base:
            base.nightly([scratch / "sample.jsonl"], spec=EncoderSpec("hashing"))
            base.export(scratch / "base.tar")
            self.names = [*[story.id for story in base.stories()][:2], KEPT, "mer-1041", "1"]
        shutil.copytree(self.base, self.sound)

    @property
    def paths(self) -> tuple[str, ...]:
        """What may be named as a file or a folder."""
        scratch = self.scratch
        found = (self.file, scratch / "out", scratch / "nothing" / "there", scratch)
        return (*map(str, found), "-")

    @property
    def odd(self) -> tuple[str, ...]:
        """What fits hardly anything, and what fits something else."""
        return (*ODD_TEXTS, *NUMBERS, *TIMES, *WORDS, *ADDRESSES, *self.paths, *self.names)

    def fitting(self, name: str) -> tuple[str, ...]:
        """Return what may be meant for the parameter of a name."""
        if name in {"since", "until", "before", "window", "step"}:
            return TIMES
        if name in {"file", "paths", "report", "metrics", "gold", "pairs", "plot"}:
            return self.paths
        if name in {"story", "stories", "article", "articles", "first", "second", "id"}:
            return tuple(self.names)
        return WORDS if name in {*TOLD} else NUMBERS

    def check(self, found: Findings, last: Sequence[object]) -> None:
        """Verify the base, and put the sound copy in its place where it is not as it should be."""
        with engine.open(self.base) as base:
            problems = base.verify(full=True) if self.base.is_dir() else ["the base is gone"]
            if not problems and KEPT not in base.articles([KEPT]):
                problems = ["an article is gone that nobody asked to forget"]
        if problems:
            found.harm.append(f"not sound after {list(map(str, last))!r}: {problems}")
            print(f"  harm: {found.harm[-1]}", flush=True)
            self.restore()

    def restore(self) -> None:
        """Make the base what it was."""
        shutil.rmtree(self.base, ignore_errors=True)
        shutil.copytree(self.sound, self.base)


def main() -> None:
    """Call the program again and again, and print what came of it; exit 1 if harm was done."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=10_000, help="calls")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    started, n_harmful, total = time.monotonic(), 0, 0
    for name, (kind, share) in KINDS.items():
        with tempfile.TemporaryDirectory() as scratch:
            randoms = random.Random(f"{arguments.seed} {name}")
            found = kind(Arena(Path(scratch)), round(arguments.n * share), randoms)
        codes = ", ".join(f"{n} with {code}" for code, n in sorted(found.codes.items()))
        print(f"{name}: {found.n} calls, {codes}; {len(found.harm)} did harm", flush=True)
        n_harmful += len(found.harm)
        total += found.n
    print(f"{total} calls in {time.monotonic() - started:.0f} s, {n_harmful} did harm")
    sys.exit(bool(n_harmful))


def files(arena: Arena, n: int, randoms: random.Random) -> Findings:
    """Give altered files of every format to the commands that read files."""
    found = Findings()
    seeds = {**SEEDS, "an export": (arena.scratch / "base.tar").read_bytes()}
    names = list(seeds)
    for number in range(n):
        name = names[number % len(names)]
        arena.file.write_bytes(mutated(seeds[name], randoms))
        arguments: list[object] = [randoms.choice(("ingest", "ingest", "clean")), arena.file]
        if name == "labels":
            arguments = ["calibrate", arena.file]
        elif name == "an export":
            arguments = ["import", arena.file, "--indexes", arena.scratch / "new"]
            shutil.rmtree(arena.scratch / "new", ignore_errors=True)
        elif randoms.random() < 0.2:
            arguments = ["similar", "--file", arena.file]
        found.add(arguments, *call(arguments, arena.base, stdin=arena.file.read_bytes()))
        if number % CHECKED_CALLS == CHECKED_CALLS - 1:
            arena.check(found, arguments)
            if number % (10 * CHECKED_CALLS) == 10 * CHECKED_CALLS - 1:
                arena.restore()
    arena.check(found, ())
    return found


def flags(arena: Arena, n: int, randoms: random.Random) -> Findings:
    """Give odd values to the arguments and options of every command."""
    found = Findings()
    commands = [(path, command) for path, command in _commands(PROGRAM) if path not in LASTING]
    for number in range(n):
        path, command = commands[number % len(commands)]
        arguments = [*path, *_odd_arguments(path, command, arena, randoms)]
        arena.file.write_bytes(SEEDS["JSON lines"])
        found.add(arguments, *call(arguments, arena.base, stdin=randoms.choice(ANSWERS)))
        if "forget" in arguments and arena.base.is_dir():
            arena.restore()
        if number % CHECKED_CALLS == CHECKED_CALLS - 1:
            arena.check(found, arguments)
            arena.restore()
    return found


LASTING = {("serve",), ("model", "bench")}
"""Commands that go on until they are stopped, or for minutes."""

ANSWERS = (b"", b"y\nn\nq\n", b"\xff\xfe\n", b'{"text": "A tram."}\n', b"perhaps\n" * 30)
"""What standard input may hold."""


def _commands(
    command: Any,
    path: tuple[str, ...] = (),
) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words that name it."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, each in inner.items():
        yield from _commands(each, (*path, name))


def _odd_arguments(
    path: Sequence[str],
    command: Any,
    arena: Arena,
    randoms: random.Random,
) -> list[str]:
    """Return values, fitting and odd ones, for some of what a command takes."""
    given: list[str] = []
    for parameter in command.params:
        if parameter.name in UNTRIED or parameter.name == "indexes":
            continue
        is_argument = parameter.param_type_name == "argument"
        if parameter.name == "encoder" and path[0] in LARGE_MODEL:
            given += ["--encoder", "hashing"]
        elif parameter.name == "peers":
            given.append("--no-peers")
        elif randoms.random() < (0.9 if is_argument else 0.15):
            given += _values(parameter, arena, randoms, is_argument=is_argument)
    if randoms.random() < 0.05:
        given += ["--indexes", randoms.choice((str(arena.file), str(arena.scratch / "none"), ""))]
    return given


def _values(
    parameter: Any,
    arena: Arena,
    randoms: random.Random,
    *,
    is_argument: bool,
) -> list[str]:
    option = [] if is_argument else [max(parameter.opts, key=len)]
    if not is_argument and parameter.is_flag:
        return option
    n = randoms.choice((1, 1, 2)) if parameter.multiple or parameter.nargs == -1 else 1
    fitting = arena.fitting(str(parameter.name))
    return [
        part
        for _ in range(n)
        for part in (*option, randoms.choice(fitting if randoms.random() < FITTING else arena.odd))
    ]


FITTING = 0.8
"""Share of the values that are of the kind that is expected, if odd for it."""

NUMBERS = ("1", "1", "2", "5", "0.5", "0", "-1", "1e999", "nan", "inf", "-0", "9" * 25, "0x10", "½")
TOLD = ("language", "source", "words", "headlines", "mode", "order", "granularity", "precision",
        "encoder", "prompt", "text", "query", "map_", "line", "spare", "to")  # fmt: skip
"""Parameters that are told in words."""

TIMES = ("2023", "2023-05", "2023-13-45", "9999-12-31", "0001-01-01T00:00+14:00", "now", "14d",
         "0d", "99999999d", "-1h")  # fmt: skip
WORDS = ("nl", "xx", "Dutch", "finest", "largest", "event", "title=kop", "=", "title=", "float16",
         "SELECT 1", "DROP TABLE articles", "hashing", "flood")  # fmt: skip
ODD_TEXTS = ("", "-", "--", " ", "é", "\udce9", "a" * 5000, "*", "[", "'; DROP TABLE articles; --")
ADDRESSES = ("http://127.0.0.1:1/x", "https://[", "file:///etc/passwd", "smtp://127.0.0.1:1",
             "smtps://a:b@127.0.0.1:x", "a@b", "ftp://x", "name@127.0.0.1")  # fmt: skip


def surroundings(arena: Arena, n: int, _: random.Random) -> Findings:
    """Start the program in odd surroundings, each command in each of them in turn."""
    found = Findings()
    calls = _everyday(arena)
    for number in range(n):
        name = list(SURROUNDINGS)[number % len(SURROUNDINGS)]
        arguments = calls[number // len(SURROUNDINGS) % len(calls)]
        arena.restore()
        code, err = call_in(name, arguments, arena.base)
        found.add((name, *arguments), code, err)
        arena.check(found, (name, *arguments))
    return found


def _everyday(arena: Arena) -> list[list[str]]:
    """Return the calls that people make."""
    return [
        ["nightly", str(arena.scratch / "sample.jsonl"), "--report", str(arena.scratch / "report")],
        ["status"],
        ["similar", "earthquake", "--why"],
        ["ingest", str(arena.scratch)],
        ["stories", "list", "--json"],
        ["rebuild"],
        ["verify", "--full"],
        ["export", str(arena.scratch / "out.tar")],
        ["stories", "pin", arena.names[-2]],
        ["forget", arena.names[-2]],
        ["show", KEPT],
        ["clean", str(SAMPLE)],
        ["label", "-n", "2"],
        ["cluster", "--granularity", "finer"],
        ["export", "-"],
        ["report"],
        ["prune", "--keep", "1"],
    ]


KINDS: dict[str, tuple[Callable[[Arena, int, random.Random], Findings], float]] = {
    "surroundings": (surroundings, 0.02),
    "flags": (flags, 0.38),
    "files": (files, 0.6),
}
"""Kinds of harm, and the share of the calls that each has."""


def call(arguments: Sequence[object], base: Path, *, stdin: bytes = b"") -> tuple[int, str]:
    """Run the program in this process; return its exit code and what it said of errors."""
    given = [str(argument) for argument in arguments]
    os.environ["ENGINE_INDEXES"] = str(base)
    with _streams(stdin) as err:
        try:
            run(given, program=PROGRAM)
            code = 0
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(bool(end.code))
        except BaseException:  # noqa: BLE001 - any crash is a finding
            return -1, traceback.format_exc()
        return code, err()


@contextmanager
def _streams(stdin: bytes) -> Iterator[Callable[[], str]]:
    """Take the standard streams' place; give what says what was written to the last."""
    before = sys.stdin, sys.stdout, sys.stderr
    err = io.BytesIO()
    sys.stdin = io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8")
    sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    sys.stderr = io.TextIOWrapper(err, encoding="utf-8", write_through=True)
    try:
        yield lambda: err.getvalue().decode("utf-8", "replace")
    finally:
        sys.stdin, sys.stdout, sys.stderr = before
