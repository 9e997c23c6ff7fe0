"""What tests of reading share."""

import io
from datetime import UTC, datetime

from engine.reading import read

FETCHED = datetime(2024, 5, 9, 12, tzinfo=UTC)


def articles(data, *, name="input", tmp_path=None):
    """Read `data`, bytes or a stream, from standard input or from a file of that name."""
    if tmp_path is None:
        stream = data if isinstance(data, io.IOBase) else io.BytesIO(data)
        return list(read(["-"], stdin=stream, fetched=FETCHED))
    (tmp_path / name).write_bytes(data)
    return list(read([tmp_path / name], fetched=FETCHED))
