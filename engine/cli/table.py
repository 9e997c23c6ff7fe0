"""Tables for people, as wide as the terminal.

Rich makes them, too, but its import and the tables of characters that it reads take a fifth of a
second, which is as long as all else that a question does.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

GAP = "   "
"""Between two columns."""

LEAST = 4
"""Cells to which a column is cut at most, where the terminal is too narrow for all."""

LEAST_OF_LAST = 20
"""Cells that the last column keeps before others are cut."""

CUT = "…"
"""Ends what was cut."""


def table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, width: int | None
) -> Iterator[str]:
    """Yield the lines of a table: names, a rule, and rows.

    Parameters
    ----------
    columns
        Their names.
    rows
        One value for each column.
    width
        Cells in a line: the last column is folded, and others are cut where they leave no
        room for it. None: as wide as it is.
    """
    cells = [[_one_line(str(value)) for value in row] for row in (columns, *rows)]
    widths = [max(map(n_cells, column)) for column in zip(*cells, strict=True)]
    if width is not None:
        widths = _fitted(widths, width - len(GAP) * (len(widths) - 1))
    names, *others = (_lines(row, widths) for row in cells)
    for text in names:
        yield text
        yield "-" * n_cells(text)
    yield from chain.from_iterable(others)


def n_cells(text: str) -> int:
    """Return how many cells of a terminal `text` takes: two for each character of East Asia."""
    return len(text) if text.isascii() else sum(map(_cells_of, text))


def _cells_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def _one_line(text: str) -> str:
    """Return `text` without what would move the cursor."""
    if text.isprintable():
        return text
    return "".join(" " if unicodedata.category(one) in ("Cc", "Zl", "Zp") else one for one in text)


def _fitted(widths: Sequence[int], room: int) -> list[int]:
    """Return the widths at which columns fit into `room`, as far as they can."""
    *others, last = widths
    while sum(others) + min(last, LEAST_OF_LAST) > room and max(others, default=0) > LEAST:
        others[others.index(max(others))] -= 1
    return [*others, min(last, max(room - sum(others), LEAST))]


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Yield one row, whose last cell may take several lines."""
    *others, last = row
    cut = [_padded(_cut(text, width), width) for text, width in zip(others, widths, strict=False)]
    empty = [" " * width for width in widths[:-1]]
    for number, part in enumerate(_folded(last, widths[-1])):
        yield GAP.join([*(empty if number else cut), part]).rstrip()


def _padded(text: str, width: int) -> str:
    return text + " " * (width - n_cells(text))


def _cut(text: str, width: int) -> str:
    return text if n_cells(text) <= width else _start(text, width - 1) + CUT


def _start(text: str, width: int) -> str:
    """Return as much of `text` as `width` cells hold, one character at least."""
    taken = 0
    for place, character in enumerate(text):
        taken += _cells_of(character)
        if taken > width and place:
            return text[:place]
    return text


def _folded(text: str, width: int) -> list[str]:
    """Return `text` in lines of `width` cells, broken between words where it can be."""
    lines = []
    while n_cells(text) > width:
        start = _start(text, width)
        space = start.rfind(" ") if not text[len(start) :].startswith(" ") else len(start)
        end = space if space > 0 else len(start)
        lines.append(text[:end])
        text = text[end:].lstrip(" ")
    return [*lines, text]
