"""Labelled articles, and what of them the engine may see."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import InputError

USED_FIELDS = ("title", "text", "language", "published_at", "source")
"""What the engine is shown of a gold line; ids and addresses could give the event away."""


@dataclass(frozen=True, slots=True)
class Gold:
    """Labelled articles.

    Attributes
    ----------
    ids
        Names given by the line number, in the order of the file.
    clusters
        The gold event of each; empty where not known.
    lines
        JSON lines for the engine to read, without the labels.
    """

    ids: tuple[str, ...]
    clusters: tuple[str, ...]
    lines: bytes

    def events(self) -> dict[str, str]:
        """Return the event of each article that has one, by id."""
        known = zip(self.ids, self.clusters, strict=True)
        return {id_: event for id_, event in known if event}


def read_gold(path: Path) -> Gold:
    """Read labelled JSON lines; the labels are kept apart from what the engine reads."""
    clusters: list[str] = []
    lines: list[str] = []
    for number, values in _objects(path):
        label = values.get("cluster")
        clusters.append("" if label is None else str(label))
        shown = {name: values[name] for name in USED_FIELDS if values.get(name)}
        lines.append(json.dumps({"id": f"line-{number:07d}"} | shown, ensure_ascii=True))
    ids = tuple(json.loads(line)["id"] for line in lines)
    if sum(map(bool, clusters)) < 2:
        raise InputError(f"{path} has fewer than two articles with a 'cluster' to score against")
    return Gold(ids, tuple(clusters), "\n".join(lines).encode() + b"\n")


def _objects(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                values = json.loads(line)
                if not isinstance(values, dict):
                    raise InputError(f"{path}, line {number}: expected a JSON object")
                yield number, values
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path} is no UTF-8 file of JSON lines: {error}") from error
