"""BERT-like models in int8: against sentence-transformers on folders with random weights."""

import importlib.util
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from typing import Any

import numpy as np
import onnx
import pytest

import engine
from engine.domain import EncoderSpec
from engine.encoding import open_encoder, settled, ways_to_run
from engine.encoding.int8 import folder, kept
from engine.encoding.int8.encoder import Int8Encoder
from engine.encoding.int8.folder import ModelFolder, UnsuitedError
from engine.encoding.int8.layers import build_graph
from engine.errors import InputError
from tests.encoding.models import save_random

TEXTS = [
    "the storm hit the harbour",
    "",
    "gold",
    "a \ud800 b",
    "heavy rain on monday after the dike broke " * 9,
]
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "bert": ("bert", {}),
    "bert of the first piece": ("bert", {"pooling": "cls"}),
    "roberta": ("roberta", {}),
    "xlm-roberta": ("xlm-roberta", {"layer_norm_eps": 1e-5}),
    "mpnet": ("mpnet", {}),
}

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None,
    reason="sentence-transformers is not installed",
)


@pytest.fixture(scope="module", params=KINDS)
def model(request, tmp_path_factory):
    kind, changes = KINDS[request.param]
    return save_random(tmp_path_factory.mktemp("model"), kind, **changes)


@pytest.fixture(scope="module")
def bert(tmp_path_factory):
    return save_random(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ENGINE_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def test_vectors_agree_with_sentence_transformers(model):
    plain = open_encoder(EncoderSpec(str(model), precision="float32"))
    encoder = open_encoder(EncoderSpec(str(model), precision="int8"))
    rows = encoder.encode(TEXTS)
    assert (rows * plain.encode(TEXTS)).sum(axis=1).min() > 0.99
    assert rows.shape == (len(TEXTS), encoder.dim)
    assert rows.dtype == np.float32
    assert np.array_equal(rows[::-1], encoder.encode(TEXTS[::-1]))
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_distances_are_in_the_classes_of_transformers():
    import torch
    from transformers.models.mpnet.modeling_mpnet import MPNetEncoder

    ahead = np.arange(-511, 512)
    expected = MPNetEncoder.relative_position_bucket(torch.from_numpy(ahead))
    assert folder._distance_class(ahead).tolist() == expected.tolist()


@pytest.mark.parametrize("kind", ["float16", "bfloat16"])
def test_weights_in_half_precision_are_read(bert, tmp_path, kind):
    import torch
    from safetensors.torch import load_file, save_file

    halved = tmp_path / bert.name
    shutil.copytree(bert, halved)
    tensors = load_file(halved / "model.safetensors")
    tensors = {name: tensor.to(getattr(torch, kind)) for name, tensor in tensors.items()}
    save_file(tensors, halved / "model.safetensors", metadata={"format": "pt"})
    rows = Int8Encoder(EncoderSpec(str(halved))).encode(TEXTS)
    assert (rows * Int8Encoder(EncoderSpec(str(bert))).encode(TEXTS)).sum(axis=1).min() > 0.99


def test_a_graph_is_made_once_and_then_opened_without_torch(bert, cache):
    made = Int8Encoder(EncoderSpec(str(bert)))
    assert {path.suffix for path in cache.iterdir()} == {".onnx", ".json", ".lock"}
    code = (
        "import sys; from engine.domain import EncoderSpec;"
        "from engine.encoding import open_encoder;"
        "e = open_encoder(EncoderSpec(sys.argv[1], precision='int8')); e.encode(['storm']);"
        "heavy = {'torch', 'transformers', 'onnx'} & set(sys.modules);"
        "print(e.fingerprint, sorted(heavy), sep='\\n')"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code, str(bert)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert printed == [made.fingerprint, "[]"]


@pytest.mark.parametrize("suffix", [".onnx", ".json"])
def test_a_damaged_graph_is_made_again(bert, cache, suffix):
    expected = Int8Encoder(EncoderSpec(str(bert))).encode(TEXTS)
    (file,) = cache.glob(f"*{suffix}")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert np.array_equal(Int8Encoder(EncoderSpec(str(bert))).encode(TEXTS), expected)
    assert file.read_bytes() == whole


def test_a_graph_of_an_earlier_version_is_made_again(bert, cache):
    now = Int8Encoder(EncoderSpec(str(bert)))
    expected = now.encode(TEXTS)
    (graph,), (record,) = cache.glob("*.onnx"), cache.glob("*.json")
    newest = graph.read_bytes()
    earlier = onnx.load_from_string(newest)
    earlier.doc_string = "made by an earlier engine"
    graph.write_bytes(earlier.SerializeToString())
    known = json.loads(record.read_text())
    known |= {"version": kept.VERSION - 1, "sha256": sha256(graph.read_bytes()).hexdigest()}
    record.write_text(json.dumps(known))
    again = Int8Encoder(EncoderSpec(str(bert)))
    assert np.array_equal(again.encode(TEXTS), expected)
    assert graph.read_bytes() == newest
    assert again.fingerprint == now.fingerprint
    assert again.fingerprint.endswith(f"|v={kept.VERSION}")


def test_products_cannot_overflow_16_bits(model):
    graph = onnx.load_from_string(build_graph(ModelFolder(model))).graph
    found = [onnx.numpy_helper.to_array(each) for each in graph.initializer]
    levels = [each.astype(int) for each in found if each.dtype == np.int8]
    assert len(levels) == 6 * 2  # matrices of a layer, layers
    for matrix in levels:
        assert 255 * (np.abs(matrix[0::2]) + np.abs(matrix[1::2])).max() <= np.iinfo(np.int16).max


def test_no_step_adds_up_one_value_after_another_or_copies_what_a_product_could_write(model):
    graph = onnx.load_from_string(build_graph(ModelFolder(model))).graph
    kinds = [node.op_type for node in graph.node]
    assert not {"SkipLayerNormalization", "Split"} & set(kinds)
    assert kinds.count("LayerNormalization") == 1  # of the embeddings, once a text
    assert kinds.count("Abs") == 2  # once a layer


def test_a_cache_that_cannot_be_written_is_done_without(bert, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("ENGINE_CACHE", str(tmp_path / "file"))
    assert Int8Encoder(EncoderSpec(str(bert))).encode(TEXTS).shape == (len(TEXTS), 64)


def test_vectors_too_far_from_float32_are_refused_and_float32_is_taken(bert, monkeypatch):
    monkeypatch.setattr(kept, "LEAST_AGREEMENT", 1.0)
    with pytest.raises(UnsuitedError, match=r"cosine of 0\.99\d+ .*1\.0 is asked for"):
        open_encoder(EncoderSpec(str(bert), precision="int8"))
    found = settled(EncoderSpec(str(bert)))
    assert found.spec.precision == "float32"
    assert "reference sentences" in found.not_int8
    ways, impossible = ways_to_run(EncoderSpec(str(bert)))
    assert (list(ways), list(impossible)) == (["float32"], ["int8"])


@pytest.mark.parametrize(
    ("file", "changes", "reason"),
    [
        ("config.json", {"model_type": "electra"}, "type 'electra'"),
        ("config.json", {"hidden_act": "relu"}, "hidden_act 'relu'"),
        ("config.json", {"num_hidden_layers": 3}, "layer.2"),
        ("1_Pooling/config.json", {"pooling_mode": "max"}, "pooling 'max'"),
        ("1_Pooling/config.json", {"include_prompt": False}, "left out of the pooling"),
    ],
)
def test_another_kind_of_model_is_unsuited(bert, tmp_path, file, changes, reason):
    other = tmp_path / "model"
    shutil.copytree(bert, other)
    settings = json.loads((other / file).read_text())
    (other / file).write_text(json.dumps(settings | changes))
    with pytest.raises(UnsuitedError, match=f"{reason}.*choose another precision"):
        Int8Encoder(EncoderSpec(str(other)))


def test_prompt_and_limit_change_vectors_and_fingerprint(bert):
    specs = [
        EncoderSpec(str(bert)),
        EncoderSpec(str(bert), prompt="query : "),
        EncoderSpec(str(bert), max_tokens=12),
    ]
    encoders = [Int8Encoder(spec) for spec in specs]
    assert len({encoder.fingerprint for encoder in encoders}) == len(specs)
    plain, prompted, short = (encoder.encode(TEXTS[4:])[0] for encoder in encoders)
    assert plain @ prompted < 0.9999
    assert plain @ short < 0.9999
    assert np.array_equal(prompted, encoders[0].encode([f"query : {TEXTS[4]}"])[0])
    with pytest.raises(InputError, match="at most 64"):
        Int8Encoder(EncoderSpec(str(bert), max_tokens=65))


def test_a_new_prompt_in_the_folder_is_noticed_and_the_weights_are_the_same(bert, tmp_path):
    other = tmp_path / bert.name
    shutil.copytree(bert, other)
    before = Int8Encoder(EncoderSpec(str(other))).fingerprint
    assert before == Int8Encoder(EncoderSpec(str(bert))).fingerprint
    file = other / "config_sentence_transformers.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | {"prompts": {"clustering": "c : "}}))
    after = Int8Encoder(EncoderSpec(str(other))).fingerprint
    assert after == before.replace("|prompt=|", "|prompt=c : |") != before


def test_another_weight_changes_the_fingerprint(bert, tmp_path):
    from safetensors.numpy import load_file, save_file

    other = tmp_path / bert.name
    shutil.copytree(bert, other)
    tensors = load_file(other / "model.safetensors")
    name = sorted(tensors)[-1]
    tensors[name] = tensors[name] + 1
    save_file(tensors, other / "model.safetensors", metadata={"format": "pt"})
    assert Int8Encoder(EncoderSpec(str(other))).fingerprint != (
        Int8Encoder(EncoderSpec(str(bert))).fingerprint
    )


def test_a_base_keeps_the_precision_that_it_has(bert, tmp_path):
    rows = [{"id": "a", "title": "storm"}, {"id": "b", "title": "gold"}]
    with engine.open(tmp_path / "base") as base:
        base.ingest(rows)
        first = base.rebuild(spec=EncoderSpec(str(bert), precision="float32"))
        again = base.rebuild(spec=EncoderSpec(str(bert)))
        assert (first.precision, again.precision, again.n_embedded) == ("float32", "float32", 0)
        moved = base.rebuild(spec=EncoderSpec(str(bert), precision="int8"))
        assert (moved.precision, moved.n_embedded, moved.encoder_before) == ("int8", 2, str(bert))
        assert base.similar("storm")[0].article.id == "a"
        assert base.nightly(spec=EncoderSpec(str(bert))).outcome == "published"
    with engine.open(tmp_path / "new") as base:
        base.ingest(rows)
        assert base.rebuild(spec=EncoderSpec(str(bert))).precision == "int8"
