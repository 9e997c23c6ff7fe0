"""Reads JSON in UTF-8: one object a line, one document, or what an API wraps around articles."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import BinaryIO, Final

from engine.domain import EmptyInput, Reject
from engine.reading.fields import kind_of, pick
from engine.reading.records import RawLines, Record

BLOCK_BYTES: Final = 64 * 1024
"""Bytes that are read at once, most of which are whole lines."""

LONGEST_LINE: Final = 16 * 1024 * 1024
"""Bytes of a line; a longer one is rejected while it streams past, never held."""

_LISTS: Final = ("items", "articles", "results", "data", "docs", "documents", "entries", "news")
"""Where an answer or a feed keeps its articles."""

_MARK: Final = b"\xef\xbb\xbf"

LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a document, which is read whole; larger ones belong in JSON lines."""


def read_jsonl(
    stream: io.BufferedReader, name: str, *, longest: int = LONGEST_LINE
) -> Iterator[RawLines | Reject]:
    """Yield lines as they come, unparsed, some kilobytes at a time; too long ones are rejected.

    Where all of some kilobytes is blank, nothing is yielded.

    Parameters
    ----------
    stream
        Bytes; a byte order mark at the start is allowed.
    name
        What rejects call the file.
    longest
        Bytes of a line at most.
    """
    for found in _blocks(stream, name, longest):
        if isinstance(found, Reject) or not _is_blank(found.data):
            yield found


def _is_blank(data: bytes) -> bool:
    text = data.removeprefix(_MARK)
    return not text or text.isspace()


def _blocks(stream: io.BufferedReader, name: str, longest: int) -> Iterator[RawLines | Reject]:
    number, begun = 1, bytearray()
    too_long = Reject(name, 0, "", f"the line is longer than {longest >> 20} MiB")
    while data := stream.read1(BLOCK_BYTES):
        end = data.find(b"\n") + 1
        if begun:
            if len(begun) <= longest:  # of a longer one no more is kept
                begun += data[:end] if end else data
            if not end:
                continue
            whole = len(begun) <= longest
            yield RawLines(number, bytes(begun)) if whole else replace(too_long, line=number)
            number, data = number + 1, data[end:]
            begun.clear()
        lines, end_of_lines, rest = data.rpartition(b"\n")
        if end_of_lines:
            yield RawLines(number, lines + end_of_lines)
            number += lines.count(end_of_lines) + 1
        begun += rest
    if begun:
        whole = len(begun) <= longest
        yield RawLines(number, bytes(begun)) if whole else replace(too_long, line=number)


def records_in(lines: RawLines, name: str) -> Iterator[Record | Reject]:
    """Yield one record a line; blank lines are skipped, bad ones rejected.

    A line may also be an API's answer or a JSON Feed that holds many articles.

    Parameters
    ----------
    lines
        Some of a file.
    name
        What rejects call the file.
    """
    data = lines.data.removeprefix(_MARK) if lines.line == 1 else lines.data
    for number, line in enumerate(io.BytesIO(data), start=lines.line):
        if not line.isspace():
            value = parse_json(line, name, number)
            if isinstance(value, dict):
                found = articles_in(value)
                yield from (Record(number, item) for item in found)
                if not found:
                    yield EmptyInput(name, number, "", "the answer holds no articles")
            elif isinstance(value, Reject):
                yield value
            else:
                reason = f"expected an object, found {kind_of(value)}"
                yield Reject(name, number, "", reason)


def parse_json(data: bytes, name: str, line: int) -> object:
    """Return the value that `data` holds, or a reject that says why it holds none."""
    try:
        value: object = _DECODER.decode(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        found = f"byte {data[error.start]:#04x} at position {error.start}"
        return Reject(name, line, "", f"is not UTF-8: {found}; write it as UTF-8")
    except json.JSONDecodeError as error:
        found = error.msg.removesuffix(" at")  # some of the parser's sentences end so
        return Reject(name, line, "", f"is not JSON: {found} at character {error.pos}")
    except RecursionError:
        return Reject(name, line, "", "is nested too deeply; expected one flat object")
    except ValueError as error:  # a number of thousands of digits, or NaN
        return Reject(name, line, "", f"is not usable JSON: {error}")
    return value


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON value")


_DECODER: Final = json.JSONDecoder(parse_constant=_refuse)
"""Made once: `json.loads` would make one for each line."""


def articles_in(value: Mapping[str, object]) -> list[Mapping[str, object]]:
    """Return the articles that `value` is an envelope of, or itself when it is one.

    What the envelope says of all of them (its language, and its title as their source)
    is added where they do not say it themselves.
    """
    for key in _LISTS:
        items = value.get(key)
        if isinstance(items, list) and items and all(isinstance(i, Mapping) for i in items):
            around = {name: part for name, part in value.items() if name != key}
            if "body" in pick(around) and "version" not in around:
                return [value]
            common = {"language": value.get("language"), "source": value.get("title")}
            return [{**{k: v for k, v in common.items() if v}, **item} for item in items]
    return [] if _is_empty_envelope(value) else [value]


def _is_empty_envelope(value: Mapping[str, object]) -> bool:
    """Tell an answer or a feed without articles from an article with an empty list in it."""
    says_what_it_is = "jsonfeed.org" in str(value.get("version"))
    return any(value.get(key) == [] for key in _LISTS) and (
        says_what_it_is or not {"id", "title", "body", "url"} & pick(value).keys()
    )


def read_json(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield the articles of one JSON document; `Record.line` counts them from 1."""
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        reason = f"the document is larger than {LARGEST >> 20} MiB; write one article a line"
        yield Reject(name, 0, "", reason)
        return
    value = parse_json(data, name, 0)
    if isinstance(value, Reject):
        yield value
        return
    for number, item in enumerate(_items(value), start=1):
        if isinstance(item, Mapping):
            yield Record(number, item)
        else:
            yield Reject(name, number, "", f"expected an object, found {kind_of(item)}")


def _items(value: object) -> Iterator[object]:
    if isinstance(value, list):
        yield from value
    elif isinstance(value, Mapping):
        yield from articles_in(value)
    else:
        yield value
