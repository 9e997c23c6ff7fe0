"""What tells that a file is the one that was written."""

import dataclasses

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from engine.disk.files import (
    CHUNK_BYTES,
    SECTOR_BYTES,
    FileRecord,
    check_content,
    record_of,
    sector_sums,
)
from engine.errors import DamagedError


def as_bytes(content):
    return np.frombuffer(content, np.uint8)


def check(content, record, **how):
    check_content("a-generation", "index.faiss", as_bytes(content), record, **how)


@given(st.binary(max_size=3 * SECTOR_BYTES))
def test_sums_are_those_of_the_words_of_each_sector(content):
    starts = range(0, len(content), SECTOR_BYTES)
    sectors = [content[start : start + SECTOR_BYTES] for start in starts]
    words = [
        [int.from_bytes(sector[at : at + 8], "little") for at in range(0, SECTOR_BYTES, 8)]
        for sector in sectors
    ]
    assert sector_sums(as_bytes(content)).tolist() == [sum(some) % 2**64 for some in words]


@pytest.mark.parametrize("size", [0, 1, SECTOR_BYTES, CHUNK_BYTES - 1, CHUNK_BYTES + 5])
def test_a_record_fits_its_file_and_no_other(tmp_path, size):
    content = np.random.default_rng(size).bytes(size)
    (tmp_path / "file").write_bytes(content)
    record = record_of(tmp_path / "file")
    for whole in (False, True):
        check(content, record, whole=whole)
        with pytest.raises(DamagedError, match=r"index\.faiss"):
            check(content + b"x", record, whole=whole)


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    path = tmp_path_factory.mktemp("written") / "file"
    path.write_bytes(np.random.default_rng(0).bytes(40 * SECTOR_BYTES + 77))
    return path.read_bytes(), record_of(path)


@given(st.integers(0, 8 * (40 * SECTOR_BYTES + 77) - 1))
def test_a_flipped_bit_is_found(written, bit):
    content, record = written
    altered = bytearray(content)
    altered[bit // 8] ^= 1 << bit % 8
    with pytest.raises(DamagedError, match="was altered"):
        check(bytes(altered), record)


@pytest.mark.parametrize("harm", ["zeros", "stale", "swapped", "twice"])
@given(first=st.integers(0, 39), second=st.integers(0, 39))
def test_whatever_a_disk_does_to_a_sector_is_found(written, harm, first, second):
    content, record = written
    assume(first != second)
    altered = bytearray(content)
    one, other = (slice(at * SECTOR_BYTES, (at + 1) * SECTOR_BYTES) for at in (first, second))
    if harm == "zeros":
        altered[one] = bytes(SECTOR_BYTES)
    elif harm == "stale":
        altered[one] = np.random.default_rng(1 + first).bytes(SECTOR_BYTES)
    elif harm == "swapped":
        altered[one], altered[other] = altered[other], altered[one]
    else:
        altered[one] = altered[other]
    with pytest.raises(DamagedError, match="was altered"):
        check(bytes(altered), record)


def test_words_that_change_places_are_found_by_verify_alone():
    # What the quick check leaves to the other: nothing that fails by itself does this.
    content, swapped = b"12345678abcdefgh", b"abcdefgh12345678"
    sums = [sector_sums(as_bytes(text)) for text in (content, swapped)]
    np.testing.assert_array_equal(sums[0], sums[1])


def test_a_record_of_an_earlier_engine_is_compared_by_its_digest(written):
    content, record = written
    earlier = FileRecord(n_bytes=record.n_bytes, sha256=record.sha256)
    check(content, earlier)
    with pytest.raises(DamagedError, match="was altered"):
        check(content, dataclasses.replace(earlier, sha256="0" * 64))


def test_all_is_compared_where_that_is_asked(written):
    content, record = written
    other = dataclasses.replace(record, sha256="0" * 64)
    check(content, other)
    with pytest.raises(DamagedError, match="was altered"):
        check(content, other, whole=True)
