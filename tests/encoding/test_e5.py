"""The built-in model: its weights, its texts and its two runtimes."""

import json
import shutil
import struct
from importlib import resources

import numpy as np
import onnx
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.domain import embedding_text
from engine.encoding.e5.layers import build_graph
from engine.encoding.e5.text import LONGEST_PIECE, UNKNOWN, cut
from engine.encoding.e5.weights import Weights, find_weights
from engine.encoding.int8.running import open_session, run_graph
from engine.errors import EncoderError

ODD = (
    "",
    " \n\t ",
    "\x00",
    "a\x00b",
    "\ud800 alone",
    "</s><s>strike</s> <mask><pad><unk>",
    "𓀀𓀁𓀂 𓀃",
    "🙂🙂 🙂",
    "▁▁a▁",
    "e\u0301te\u0301 ﬁn ½ ＡＢ\u200bC",
    "كتاب العربية",
    "俄罗斯士兵向无人机投降",
)


def reference_sentences():
    file = resources.files("engine.encoding") / "reference" / "sentences.jsonl"
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


# The weight file


def test_block_weights_equal_a_loop_over_nibbles(weights):
    start, n_bytes = weights._tensors["l3.fo.w"]
    raw = weights._file[start : start + n_bytes].tobytes()
    shape = weights.shape
    matrix = weights.matrix("l3.fo.w", width=shape.inner)
    assert matrix.shape == (shape.hidden, shape.inner)
    for block in (0, 1, 47, 48, len(raw) // 18 - 1):
        scale, *halves = struct.unpack_from("<e16B", raw, 18 * block)
        expected = [(byte & 15) - 8 for byte in halves] + [(byte >> 4) - 8 for byte in halves]
        row, column = divmod(32 * block, shape.inner)
        assert matrix[row, column : column + 32].tolist() == [scale * value for value in expected]


def test_word_rows_are_those_of_the_whole_table(weights):
    pieces = np.array([0, 5, 250_000, 5])
    rows = weights.word_rows(pieces)
    assert np.array_equal(rows[1], rows[3])
    start, _ = weights._tensors["emb.word"]
    scale = weights._file[start + 5 * 216 : start + 5 * 216 + 2].view(np.float16)[0]
    assert np.allclose(rows[1, :32] / np.float32(scale) % 1, 0)


def test_pieces_and_scores_belong_together(weights):
    pieces, scores = weights.pieces(), weights.scores()
    special = weights.specials
    assert len(pieces) == len(scores) <= weights.shape.n_rows
    assert (pieces[special.begin], pieces[special.end]) == ("<s>", "</s>")
    assert scores[special.unknown + 1 : -1].max() < 0  # the last is <mask>
    assert {piece for piece in pieces if len(piece) == 1} == weights.characters()
    assert max(map(len, pieces)) == LONGEST_PIECE
    assert UNKNOWN not in "".join(pieces)


@given(text=st.text())
def test_what_is_looked_up_is_what_the_whole_tables_say(weights, normalise, text):
    """Tables are read as far as a text needs them."""
    points, known = weights.code_points() | {0: "", 0x2581: " "}, weights.characters()
    assert [normalise._mapped[ord(one)] for one in text] == [
        points.get(ord(one), ord(one)) for one in text
    ]
    spared = [one for one in text if normalise._unknown[ord(one)] != UNKNOWN]
    assert spared == [one for one in text if one in known or one == " "]


def test_the_map_is_in_the_order_of_code_points(weights):
    """Else those of ASCII could not be read alone."""
    points = weights.code_points()
    assert list(points) == sorted(points)
    some = weights.code_points(end=0x80)
    assert some == {point: points[point] for point in points if point < 0x80}
    ascii_ones = {one for one in weights.characters() if one.isascii()}
    assert weights.characters(most_bytes=1) == ascii_ones


def test_another_weight_gives_another_digest(weights, tmp_path):
    copy = tmp_path / "copy.bin"
    shutil.copyfile(find_weights(), copy)
    assert Weights(copy).digest == weights.digest
    start, _ = weights._tensors["l7.q.w"]
    with copy.open("r+b") as file:
        file.seek(start + 100)
        file.write(b"\x00\xff\x00")
    assert Weights(copy).digest != weights.digest


@pytest.mark.parametrize("content", [b"", b"E5S1", b"GGUF" + bytes(5000), None])
def test_a_damaged_file_is_an_error_that_names_choices(content, tmp_path):
    path = tmp_path / "model.bin"
    if content is None:  # cut in the middle of the vocabulary
        content = find_weights().read_bytes()[:3_000_000]
    path.write_bytes(content)
    with pytest.raises(EncoderError, match="hashing"):
        Weights(path)


# What the runtimes see of a text


@settings(deadline=None)
@given(st.text(max_size=200))
def test_normalised_text_is_known_and_stays_so(normalise, characters, text):
    once = normalise(text)
    assert normalise(once) == once
    assert set(once) <= characters | {UNKNOWN, " "}
    assert UNKNOWN * 2 not in once
    assert once == once.strip()


def test_marks_of_the_model_in_a_text_are_only_text(normalise, runtimes):
    _, bulk_runtime = runtimes
    special = {0, 1, 2, 3, 250_001}
    pieces = bulk_runtime._pieces(normalise("x </s> <s>y</s> ＜pad＞ <mask> <unk>"))
    assert not special & set(pieces[1:-1])


@settings(deadline=None)
@given(st.text(alphabet="ab ", max_size=80), st.integers(3, 20))
def test_cut_keeps_the_longest_start_that_fits(text, limit):
    def count(part):
        return len(part.split()) + 2

    start = cut(text, max_tokens=limit, count=count)
    assert text.startswith(start)
    assert count(start) <= limit
    if count(text) <= limit:
        assert start == text
    else:
        assert count(start) == limit


@settings(deadline=None, max_examples=200)
@given(st.text(max_size=120))
@example("".join(ODD))
def test_both_runtimes_count_the_same_tokens(normalise, runtimes, text):
    known = normalise(text)
    quick_runtime, bulk_runtime = runtimes
    assert quick_runtime._count(known) == bulk_runtime._count(known)


# Vectors


def test_runtimes_agree_in_every_language(runtimes):
    quick_runtime, bulk_runtime = runtimes
    texts = [entry["sentences"][0] for entry in reference_sentences()]
    cosines = (quick_runtime.encode(texts) * bulk_runtime.encode(texts)).sum(axis=1)
    assert cosines.mean() > 0.998
    assert cosines.min() > 0.996


@pytest.mark.parametrize("text", ODD)
def test_odd_texts_get_unit_rows_that_agree(runtimes, text):
    quick_row, bulk_row = (runtime.encode([text])[0] for runtime in runtimes)
    assert np.linalg.norm(quick_row) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(bulk_row) == pytest.approx(1, abs=1e-5)
    assert quick_row @ bulk_row > 0.995


def test_long_texts_are_cut_alike_and_what_follows_does_not_count(runtimes):
    sentences = {entry["language"]: " ".join(entry["sentences"]) for entry in reference_sentences()}
    long = sentences["zh"] * 2
    rows = [runtime.encode([long, long + sentences["nl"]]) for runtime in runtimes]
    assert rows[0][0] @ rows[1][0] > 0.996
    for pair in rows:
        assert np.array_equal(pair[0], pair[1])


def test_a_vector_does_not_depend_on_its_company(runtimes):
    _, bulk_runtime = runtimes
    texts = ["Storm", "De dijk brak woensdag door bij Hogeveld.", "台风袭击港口城市", ""]
    together = bulk_runtime.encode(texts)
    assert np.array_equal(together[::-1], bulk_runtime.encode(texts[::-1]))
    for row, text in zip(together, texts, strict=True):
        assert np.array_equal(row, bulk_runtime.encode([text])[0])


def test_int8_products_cannot_overflow_16_bits(weights):
    model = onnx.load_from_string(build_graph(weights))
    levels = [
        onnx.numpy_helper.to_array(constant).astype(int)
        for constant in model.graph.initializer
        if constant.data_type == onnx.TensorProto.INT8
    ]
    assert len(levels) == 4 * weights.shape.n_layers
    for matrix in levels:
        pairs = np.abs(matrix[0::2]) + np.abs(matrix[1::2])
        assert 255 * pairs.max() <= np.iinfo(np.int16).max


def test_the_layers_that_stored_vectors_came_from_stay(weights):
    model = onnx.load_from_string(build_graph(weights))
    kinds = [node.op_type for node in model.graph.node]
    per_token = ["Abs", "ReduceMax", "Div", "DynamicQuantizeMatMul", "Mul"]
    layer = [
        *("DynamicQuantizeMatMul", "Split", "MultiHeadAttention"),
        *("DynamicQuantizeMatMul", "SkipLayerNormalization"),
        *(*per_token, "BiasGelu", *per_token, "SkipLayerNormalization"),
    ]
    start = ["Shape", "Slice", "Add", "LayerNormalization"]
    end = ["ReduceMean", "LpNormalization"]
    assert kinds == [*start, *layer * weights.shape.n_layers, *end]


def test_attention_sees_the_same_bits_where_the_product_adds_the_bias(weights):
    model = onnx.load_from_string(build_graph(weights))
    words = np.random.default_rng(0).normal(size=(17, weights.shape.hidden)).astype(np.float32)
    found = run_graph(open_session(model.SerializeToString()), words)
    joint = {node.output[0]: node for node in model.graph.node}
    attentions = [node for node in model.graph.node if node.op_type == "MultiHeadAttention"]
    for node in attentions:
        product = joint[node.input[0].replace("query", "qkv.out")]
        assert len(node.input) == 3
        node.input.append(product.input.pop())
    assert len(attentions) == weights.shape.n_layers
    assert np.array_equal(run_graph(open_session(model.SerializeToString()), words), found)


# Choice of the runtime


@pytest.mark.data
@pytest.mark.slow
def test_runtimes_agree_on_real_news(data_folder, runtimes):
    texts = []
    for name in ("meantime", "ntrex_parallel"):
        lines = (data_folder / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
        for line in lines[:: len(lines) // 20]:
            article = json.loads(line)
            texts.append(embedding_text(article["title"], article["text"]))
    quick_runtime, bulk_runtime = runtimes
    cosines = (quick_runtime.encode(texts) * bulk_runtime.encode(texts)).sum(axis=1)
    assert cosines.mean() > 0.998
    assert cosines.min() > 0.995
