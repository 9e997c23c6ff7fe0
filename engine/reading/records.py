"""What every reader yields: one record per article, as the format gives it."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from engine.domain import Reject


@dataclass(frozen=True, slots=True)
class Record:
    """One article as its format holds it, before fields are mapped and cleaned.

    Attributes
    ----------
    line
        Line number from 1 where the record starts, or 0 when the whole file is meant.
    values
        Fields under the names the input uses; see `engine.reading.fields`.
    guessed
        Whether the fields were found in a page, a feed or a mail, not given by whoever
        made the file. A guessed date, address or language that cannot be used is left
        out; a given one is a reason to reject.
    """

    line: int
    values: Mapping[str, object]
    guessed: bool = False


@dataclass(frozen=True, slots=True)
class RawPage:
    """A page whose article was not looked for yet; several can be read at once.

    Attributes
    ----------
    line
        As in `Record`.
    data
        The page.
    url, encoding
        Where it was fetched from and the encoding that the server named, or empty.
    """

    line: int
    data: bytes
    url: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class RawLines:
    """Lines of JSON that were not parsed yet.

    Attributes
    ----------
    line
        Number of the first one, from 1.
    data
        Whole lines, the last one of a file perhaps without its end.
    """

    line: int
    data: bytes


Found: TypeAlias = Record | RawPage | RawLines | Reject
"""What a reader yields."""


class RecordReader(Protocol):
    """Reads one format; a new format is one function of this shape."""

    def __call__(self, stream: io.BufferedReader, name: str) -> Iterator[Found]:
        """Yield what `stream` holds, in order; `name` is what rejects call the file."""
