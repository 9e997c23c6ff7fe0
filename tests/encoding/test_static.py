"""Sums of vectors of pieces: equal to adding them one by one, and distilled as stated."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import EncoderSpec
from engine.encoding import HashingEncoder, open_encoder
from engine.encoding.static import StaticEncoder
from engine.encoding.static.distilling import DIMENSIONS, distil
from engine.encoding.static.kept import kept
from engine.encoding.static.tokens import open_tokenizer
from engine.errors import InputError, StorageError

TEXTS = [
    "The old stone bridge over the river Elm collapsed on Monday, on Monday!",
    "De oude stenen brug is ingestort ½ … <s> \u2581 \U0010ffff\u0378",
    "台风袭击港口城市 台风",
    "",
    " \n ",
    "bridge",
]


@pytest.fixture(scope="module")
def table(weights):
    draw = np.random.default_rng(3)
    rows = draw.normal(size=(len(weights.scores()), 12)).astype(np.float16)
    rows[weights.scores() == 0] = 0
    return rows


@pytest.fixture(scope="module")
def encoder(table, weights):
    return StaticEncoder(table, weights)


@pytest.fixture(scope="module")
def one_by_one(table, weights, normalise):
    """Return the oracle: the pieces of a text as the tokenizer of the model gives them, added."""
    tokenizer = open_tokenizer(weights)

    def added(text):
        total = np.zeros(table.shape[1])
        for piece in tokenizer.encode(normalise(text), add_special_tokens=False).ids:
            total += table[piece]
        return total / np.linalg.norm(total) if total.any() else np.eye(table.shape[1])[0]

    return added


def test_a_vector_is_the_sum_of_those_of_the_pieces(encoder, one_by_one):
    found = encoder.encode(TEXTS)
    assert found.dtype == np.float32
    assert np.allclose(found, [one_by_one(text) for text in TEXTS], atol=1e-3)


@settings(max_examples=40)
@given(st.lists(st.text(max_size=80), min_size=1, max_size=4))
def test_any_text_gets_the_same_unit_row_in_any_company(encoder, texts):
    rows = encoder.encode(texts)
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    alone = [encoder.encode([text])[0] for text in reversed(texts)]
    assert (np.array(alone[::-1]) == rows).all()


def test_what_is_remembered_changes_no_vector(encoder, table, weights):
    # More words than are remembered, and more texts than are summed at a time.
    many = [" ".join(f"w{n}x{place}" for place in range(250)) for n in range(1100)]
    rows = encoder.encode([*many, *TEXTS])
    assert (StaticEncoder(table, weights).encode(TEXTS) == rows[len(many) :]).all()
    assert encoder.encode([]).shape == (0, 12)


def test_distilling_weighs_rare_pieces_more_and_makes_axes_equally_long():
    pieces = ["<s>", *(f"▁word{n}" for n in range(3000)), "▁"]
    scores = np.full(len(pieces), np.log(1e-7), np.float32)
    scores[0], scores[1] = 0, np.log(0.05)
    told = []
    table = distil(HashingEncoder(16), pieces, scores, lambda *done: told.append(done))
    assert table.shape == (len(pieces), 16)
    assert table.dtype == np.float16
    assert not table[0].any()
    assert not table[-1].any()
    rare = table[2:-1].astype(np.float64)
    assert np.allclose(np.cov(rare.T), np.eye(16), atol=0.1)
    assert np.linalg.norm(table[1]) < 0.01 * np.median(np.linalg.norm(rare, axis=1))
    assert told == [("pieces", 0, 3000)]


def test_no_more_axes_are_kept_than_stated():
    pieces = [f"▁{first}{second}" for first in range(40) for second in range(40)]
    table = distil(
        HashingEncoder(DIMENSIONS + 8), pieces, np.full(1600, -9, np.float32), lambda *_: None
    )
    assert table.shape[1] == DIMENSIONS


def test_a_table_is_made_once_and_again_when_it_is_damaged(tmp_path):
    made = []

    def make():
        made.append(True)
        return np.ones((3, 2), np.float16)

    path = tmp_path / "cache" / "static.npy"
    for _ in range(2):
        assert (kept(path, make) == 1).all()
    assert len(made) == 1
    path.write_bytes(path.read_bytes()[:-3])
    assert (kept(path, make) == 1).all()
    assert (kept(path, make) == 1).all()
    assert len(made) == 2
    (tmp_path / "file").touch()
    with pytest.raises(StorageError):
        kept(tmp_path / "file" / "static.npy", make)


def test_it_has_a_name_and_no_prompt(encoder):
    assert encoder.fingerprint.startswith("static|weights=")
    for spec in (EncoderSpec("static", prompt="query: "), EncoderSpec("static", max_tokens=64)):
        with pytest.raises(InputError, match="no prompt"):
            open_encoder(spec)
