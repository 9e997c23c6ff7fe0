"""What tests of reading share."""

import io
from datetime import UTC, datetime

from engine.reading import read

FETCHED = datetime(2024, 5, 9, 12, tzinfo=UTC)


def reading(paths, **options):
    """Read `paths` at the moment `FETCHED`."""
    return read(paths, fetched=FETCHED, **options)


def articles(data, *, name="input", tmp_path=None):
    """Read `data`, bytes or a stream, from standard input or from a file of that name."""
    if tmp_path is None:
        stream = io.BytesIO(data) if isinstance(data, bytes) else data
        return list(reading(["-"], stdin=stream))
    (tmp_path / name).write_bytes(data)
    return list(reading([tmp_path / name]))
