"""Lines of JSON are passed on as they are, in large pieces that know their line numbers."""

import io
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Reject
from engine.reading.formats.jsonl import BLOCK_BYTES, read_jsonl, records_in
from engine.reading.records import RawLines

SIZES = st.lists(st.integers(0, 40) | st.integers(0, 3 * BLOCK_BYTES), max_size=12)


@settings(deadline=None, max_examples=60)
@given(sizes=SIZES, ended=st.booleans(), buffer=st.sampled_from((16, 8192, 1 << 17)))
def test_every_line_comes_once_under_its_number(sizes, ended, buffer):
    data = b"\n".join(b"x" * size for size in sizes) + b"\n" * ended
    pieces = lines_of(io.BufferedReader(io.BytesIO(data), buffer))
    assert numbered(pieces) == [
        (number, line) for number, line in enumerate(data.splitlines(), start=1) if line
    ]
    assert not any(piece.data.isspace() for piece in pieces)


@settings(deadline=None, max_examples=60)
@given(sizes=SIZES)
def test_a_line_that_is_too_long_is_one_reject(sizes):
    most = BLOCK_BYTES
    data = b"".join(b"x" * size + b"\n" for size in sizes)
    found = list(read_jsonl(io.BufferedReader(io.BytesIO(data)), "f", longest=most))
    rejected = {one.line for one in found if isinstance(one, Reject)}
    assert rejected == {n for n, size in enumerate(sizes, start=1) if size + 1 > most}
    assert numbered(one for one in found if isinstance(one, RawLines)) == [
        (n, b"x" * size) for n, size in enumerate(sizes, start=1) if 0 < size < most
    ]


def numbered(pieces):
    """Return the lines that are not blank, each with its number."""
    return [
        (number, line)
        for piece in pieces
        for number, line in enumerate(piece.data.splitlines(), start=piece.line)
        if line
    ]


def lines_of(stream):
    """Return what is read of a file of which no line is rejected."""
    found = list(read_jsonl(stream, "f"))
    assert not any(isinstance(one, Reject) for one in found)
    return [one for one in found if isinstance(one, RawLines)]


def test_a_file_comes_in_few_pieces():
    line = json.dumps({"text": "word " * 200}).encode() + b"\n"
    pieces = lines_of(io.BufferedReader(io.BytesIO(line * 1000)))
    assert len(pieces) < 3 * len(line) * 1000 / BLOCK_BYTES
    assert sum(len(list(records_in(piece, "f"))) for piece in pieces) == 1000
