"""What can be made again is read as it was written, or not at all."""

import numpy as np
import pytest

from engine.disk.derived import Arrays, read_arrays, write_arrays

ARRAYS: Arrays = {
    "names": np.arange(9, dtype=np.uint64),
    "rows": np.arange(6, dtype=np.int32).reshape(2, 3),
    "none": np.empty(0, np.uint8),
}


def same(found):
    return found.keys() == ARRAYS.keys() and all(
        found[name].dtype == array.dtype and np.array_equal(found[name], array)
        for name, array in ARRAYS.items()
    )


@pytest.fixture
def path(tmp_path):
    write_arrays(tmp_path / "kept.bin", "form 1", ARRAYS)
    return tmp_path / "kept.bin"


def test_what_was_written_is_read(path):
    found = read_arrays(path, "form 1")
    assert found is not None
    assert same(found)


def test_another_form_is_none(path):
    assert read_arrays(path, "form 2") is None


def test_no_file_is_none(tmp_path):
    assert read_arrays(tmp_path / "kept.bin", "form 1") is None


@pytest.mark.parametrize("flipped", [0x01, 0x80, 0xFF])
def test_no_altered_byte_is_believed(path, flipped):
    content = path.read_bytes()
    for place in range(len(content)):
        altered = bytearray(content)
        altered[place] ^= flipped
        path.write_bytes(altered)
        found = read_arrays(path, "form 1")
        assert found is None or same(found), f"byte {place} of {len(content)}"


def test_no_part_of_a_file_is_believed(path):
    content = path.read_bytes()
    for n_bytes in range(len(content)):
        path.write_bytes(content[:n_bytes])
        assert read_arrays(path, "form 1") is None


def test_a_disk_that_refuses_leaves_what_was_there(path):
    path.with_name("kept.bin.new").mkdir()
    write_arrays(path, "form 2", ARRAYS)
    found = read_arrays(path, "form 1")
    assert found is not None
    assert same(found)
