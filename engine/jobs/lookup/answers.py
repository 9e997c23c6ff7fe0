"""What people say of pairs of articles: whether they report one event."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

from engine.disk.files import append_lines, storage_errors
from engine.disk.layout import Layout
from engine.disk.sealed import sealed, unsealed
from engine.domain import Value
from engine.errors import InputError


@dataclass(frozen=True, slots=True)
class PairLabel(Value):
    """A person's answer: whether the articles of ids `a` and `b` report one event."""

    a: str
    b: str
    same_event: bool

    @property
    def pair(self) -> frozenset[str]:
        """The two ids, in no order."""
        return frozenset((self.a, self.b))


def latest(labels: Iterable[PairLabel]) -> list[PairLabel]:
    """Return one answer for each pair, in whichever order it was asked: the last one."""
    return list({label.pair: label for label in labels}.values())


def read_labels(path: Path) -> list[PairLabel]:
    """Read JSON lines of ``{"a": id, "b": id, "same_event": true}``, in their order.

    Raises
    ------
    InputError
        The file cannot be read or a line is no such object; names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read as JSON lines: {error}") from error
    return [
        _label(line, f"{path}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]


def kept_answers(layout: Layout) -> list[PairLabel]:
    """Return the answers that `keep_answer` kept, oldest first. Raises as `read_labels`."""
    return read_labels(layout.answers) if layout.answers.exists() else []


def keep_answer(layout: Layout, said: PairLabel) -> None:
    """Add what a person said to the answers of a base.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    with storage_errors(layout.root):
        append_lines(layout.answers, [json.dumps(sealed(asdict(said)))], largest=sys.maxsize)


def _label(line: str, place: str) -> PairLabel:
    try:
        values = unsealed(json.loads(line))
    except (ValueError, RecursionError) as error:
        raise InputError(f"{place} is no answer: {error}; delete the line") from error
    names = {"a": str, "b": str, "same_event": bool}
    if any(not isinstance(values.get(name), kind) for name, kind in names.items()):
        raise InputError(
            f"{place}: expected an object with the ids 'a' and 'b' and 'same_event' true or false"
        )
    return PairLabel(values["a"], values["b"], values["same_event"])
