"""Reads JSON lines: one object a line, in UTF-8."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import BinaryIO, Final

from engine.domain import Reject
from engine.reading.fields import kind_of
from engine.reading.formats.envelopes import articles_in
from engine.reading.records import Record

LONGEST_LINE: Final = 16 * 1024 * 1024
"""Bytes of a line; a longer one is rejected while it streams past, never held."""


def read_jsonl(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield one record a line; blank lines are skipped, bad ones rejected.

    A line may also be an API's answer or a JSON Feed that holds many articles.

    Parameters
    ----------
    stream
        Bytes; a byte order mark at the start is allowed.
    name
        What rejects call the file.
    """
    for number, line in enumerate(_lines(stream), start=1):
        if line is None:
            reason = f"the line is longer than {LONGEST_LINE >> 20} MiB"
            yield Reject(name, number, "", reason)
        elif not line.isspace():
            value = parse_json(line, name, number)
            if isinstance(value, dict):
                yield from (Record(number, item) for item in articles_in(value) or (value,))
            elif isinstance(value, Reject):
                yield value
            else:
                reason = f"expected an object, found {kind_of(value)}"
                yield Reject(name, number, "", reason)


def parse_json(data: bytes, name: str, line: int) -> object:
    """Return the value that `data` holds, or a reject that says why it holds none."""
    try:
        value: object = json.loads(data.decode("utf-8-sig"), parse_constant=_refuse)
    except UnicodeDecodeError as error:
        found = f"byte {data[error.start]:#04x} at position {error.start}"
        return Reject(name, line, "", f"is not UTF-8: {found}")
    except json.JSONDecodeError as error:
        return Reject(name, line, "", f"is not JSON: {error.msg} at character {error.pos}")
    except RecursionError:
        return Reject(name, line, "", "is nested too deeply; expected one flat object")
    except ValueError as error:  # a number of thousands of digits, or NaN
        return Reject(name, line, "", f"is not usable JSON: {error}")
    return value


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Yield the lines, None for one that is too long."""
    first = True
    while line := stream.readline(LONGEST_LINE + 1):
        if first:
            line = line.removeprefix(b"\xef\xbb\xbf") or b"\n"
            first = False
        if len(line) <= LONGEST_LINE:
            yield line
            continue
        while line and not line.endswith(b"\n"):
            line = stream.readline(LONGEST_LINE)
        yield None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")
