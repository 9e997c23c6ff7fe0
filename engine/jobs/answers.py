"""What people say of pairs of articles: whether they report one event."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from engine.disk.files import storage_errors
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


def add_answer(path: Path, label: PairLabel) -> None:
    """Append an answer to the JSON lines at `path`.

    Raises
    ------
    StorageError
        The file cannot be written.
    """
    line = json.dumps({"a": label.a, "b": label.b, "same_event": label.same_event})
    with storage_errors(path), path.open("a", encoding="utf-8") as log:
        log.write(f"{line}\n")


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


def _label(line: str, place: str) -> PairLabel:
    try:
        values = json.loads(line)
    except ValueError as error:
        raise InputError(f"{place} is no JSON: {error}") from error
    names = {"a": str, "b": str, "same_event": bool}
    if not isinstance(values, dict) or any(
        not isinstance(values.get(name), kind) for name, kind in names.items()
    ):
        raise InputError(
            f"{place}: expected an object with the ids 'a' and 'b' and 'same_event' true or false"
        )
    return PairLabel(values["a"], values["b"], values["same_event"])
