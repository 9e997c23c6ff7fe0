import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.encoding import HashingEncoder
from engine.errors import InputError


@settings(deadline=None)
@given(st.lists(st.text(max_size=60), max_size=6), st.sampled_from([2, 64, 256]))
def test_any_text_gets_a_unit_row(texts, dim):
    rows = HashingEncoder(dim).encode(texts)
    assert rows.shape == (len(texts), dim)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)


def test_shared_words_bring_texts_nearer_than_none():
    a, near, far = HashingEncoder().encode(
        [
            "storm floods the harbour town",
            "harbour town flooded by storm",
            "parliament votes budget",
        ]
    )
    assert a @ near > 0.4
    assert abs(a @ far) < 0.3


def test_order_case_and_width_of_letters_do_not_matter():
    first, second = HashingEncoder().encode(["Storm hits Utrecht", "ＵＴＲＥＣＨＴ HITS storm"])
    assert first @ second == pytest.approx(1, abs=1e-6)


def test_chinese_texts_share_features_without_spaces():
    a, near, far = HashingEncoder().encode(["台风袭击港口城市", "台风袭击了港口", "议会通过预算案"])
    assert a @ near > a @ far + 0.2


def test_vectors_are_the_same_in_another_process():
    code = (
        "from engine.encoding import HashingEncoder; e = HashingEncoder(64);"
        "print(e.fingerprint, e.encode(['dijk breekt door'])[0].tobytes().hex())"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    encoder = HashingEncoder(64)
    assert printed == [encoder.fingerprint, encoder.encode(["dijk breekt door"])[0].tobytes().hex()]


def test_dimension_is_part_of_the_fingerprint():
    assert HashingEncoder(64).fingerprint != HashingEncoder(128).fingerprint
    assert HashingEncoder(64).dim == 64


def test_too_few_dimensions_are_refused():
    with pytest.raises(InputError, match="at least 2"):
        HashingEncoder(1)
