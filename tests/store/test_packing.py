"""Packed vectors are the same numbers in less room."""

import numpy as np
import pytest

from engine.store.packing import packed, unpacked


@pytest.mark.parametrize("dim", [1, 7, 384])
def test_every_number_comes_back(dim):
    rows = np.random.default_rng(dim).standard_normal((50, dim)).astype(np.float32)
    rows[:, 0] = np.resize([0.0, -0.0, 1e-42, np.finfo(np.float32).max, -1.0], 50)
    back = unpacked(list(packed(rows)), dim)
    assert back.dtype == np.float32
    assert back.tobytes() == rows.tobytes()


def test_a_unit_vector_takes_seven_eighths():
    rows = np.random.default_rng(0).standard_normal((50, 384)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    assert max(map(len, packed(rows))) < 1320
