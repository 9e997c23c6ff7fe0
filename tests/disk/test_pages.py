"""Mapped files that are read through once need not stay in memory."""

import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.disk.files import CHECKED_AT_ONCE, check_content, forget_pages, map_file, record_of
from engine.index.vectors import MappedVectors, Shard, run_checksums

SIZE = 4 * CHECKED_AT_ONCE

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells of a process")


def resident():
    """Return the bytes of files that are mapped into this process and in memory."""
    return int(Path("/proc/self/statm").read_text().split()[2]) * 4096


@pytest.fixture
def mapped(tmp_path):
    path = tmp_path / "large"
    path.write_bytes(np.random.default_rng(0).bytes(SIZE))
    return map_file(path)


@given(first=st.integers(0, 20_000), size=st.integers(0, 20_000))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_forgotten_reads_the_same(tmp_path, first, size):
    content = np.random.default_rng(1).integers(0, 256, 20_000, np.uint8)
    (tmp_path / "small").write_bytes(content.tobytes())
    again = map_file(tmp_path / "small")
    np.testing.assert_array_equal(again, content)
    forget_pages(again[first : first + size])
    np.testing.assert_array_equal(again, content)


def test_arrays_in_memory_are_left_alone(tmp_path):
    (tmp_path / "empty").write_bytes(b"")
    for array in (np.arange(9), np.frombuffer(b"abc", np.uint8), map_file(tmp_path / "empty")):
        forget_pages(array)


@on_linux
def test_a_large_file_that_was_checked_is_not_in_memory(mapped, tmp_path):
    before = resident()
    assert int(mapped.max()) == 255
    assert resident() - before > SIZE / 2
    check_content("g", "large", mapped, record_of(tmp_path / "large"))
    assert resident() - before < SIZE / 4


@on_linux
def test_vectors_that_were_gone_through_are_not_in_memory(mapped):
    stored = mapped.view(np.float16).reshape(-1, 128)
    stored_sums = run_checksums(stored)
    forget_pages(stored)
    shard = Shard(0, stored, "g", "f")
    vectors = MappedVectors([shard], None, len(stored), 128, stored_sums)
    before = resident()
    parts = [vectors[start : start + 4096] for start in range(0, len(stored), 4096)]
    assert resident() - before < SIZE / 4
    np.testing.assert_array_equal(np.concatenate(parts), stored)
