"""Any sentence-transformers model, tested on folders made from the built-in weights."""

import importlib.util
import json
import subprocess
import sys

import numpy as np
import pytest
from model_folder import save_model

import engine
from engine.domain import EncoderSpec
from engine.encoding import open_encoder, settled
from engine.encoding.e5 import E5Encoder
from engine.encoding.e5.weights import Weights, find_weights
from engine.errors import EncoderError, InputError

TEXTS = [
    "De dijk brak woensdag door.",
    "",
    "Storm",
    "a \ud800 b",
    "storm and rain at the harbour " * 9,
]


pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None,
    reason="sentence-transformers is not installed",
)


def in_torch(name, **changes):
    """Return the spec of a model that runs in sentence-transformers itself."""
    return EncoderSpec(str(name), **{"precision": "float32"} | changes)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """Return the folder of a model with one layer and 4,000 pieces."""
    return save_model(tmp_path_factory.mktemp("small"), n_layers=1, n_pieces=4000)


def test_rows_are_unit_and_in_order(small):
    encoder = open_encoder(in_torch(small))
    rows = encoder.encode(TEXTS)
    assert rows.shape == (len(TEXTS), encoder.dim)
    assert rows.dtype == np.float32
    assert np.allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-5)
    assert np.allclose(rows[::-1], encoder.encode(TEXTS[::-1]), atol=1e-5)
    assert encoder.encode([]).shape == (0, encoder.dim)


def test_prompt_limit_and_precision_change_vectors_and_fingerprint(small):
    specs = [
        in_torch(small),
        in_torch(small, prompt="query: "),
        in_torch(small, max_tokens=12),
        in_torch(small, precision="bfloat16"),
    ]
    encoders = [open_encoder(spec) for spec in specs]
    assert len({encoder.fingerprint for encoder in encoders}) == len(specs)
    plain, prompted, short, halved = (encoder.encode(TEXTS[4:])[0] for encoder in encoders)
    assert plain @ prompted < 0.9999
    assert plain @ short < 0.9999
    assert 0.99 < plain @ halved < 0.999999
    prefixed = encoders[0].encode([f"query: {TEXTS[4]}"])[0]
    assert prompted @ prefixed > 0.9999


def test_the_prompt_is_the_models_own_for_clustering_else_its_default(small, tmp_path):
    settings = json.loads((small / "config_sentence_transformers.json").read_text())
    cases = [
        ({"query": "q: ", "Clustering": "c: "}, "query", "c: "),
        ({"query": "q: ", "document": "d: "}, "query", "q: "),
        ({"query": "q: ", "document": "d: "}, None, ""),
    ]
    for number, (prompts, default, expected) in enumerate(cases):
        folder = tmp_path / str(number)
        folder.mkdir()
        for path in small.iterdir():
            (folder / path.name).symlink_to(path)
        config = folder / "config_sentence_transformers.json"
        config.unlink()
        config.write_text(
            json.dumps(settings | {"prompts": prompts, "default_prompt_name": default})
        )
        encoder = open_encoder(in_torch(folder))
        assert f"|prompt={expected}|" in encoder.fingerprint
        assert "|prompt=x|" in open_encoder(in_torch(folder, prompt="x")).fingerprint


def test_a_base_finds_its_model_from_any_folder(small, tmp_path, monkeypatch):
    feed = tmp_path / "feed.jsonl"
    feed.write_text('{"id": "a", "title": "Storm at the harbour"}\n{"id": "b", "title": "Rain"}')
    monkeypatch.chdir(small.parent)
    with engine.open(tmp_path / "base") as base:
        base.ingest(feed)
        base.rebuild(spec=in_torch(small.name))
    monkeypatch.chdir(tmp_path)
    with engine.open(tmp_path / "base") as base:
        assert base.similar("Storm at the harbour")[0].article.id == "a"
        assert base.rebuild(spec=in_torch(small)).encoder_before == ""
        assert base.nightly(spec=in_torch(small)).outcome == "published"


def test_a_name_of_the_engine_is_no_folder(tmp_path, monkeypatch):
    (tmp_path / "hashing").mkdir()
    monkeypatch.chdir(tmp_path)
    assert settled(EncoderSpec("hashing")).spec == EncoderSpec("hashing", precision="float32")
    assert settled(in_torch("elsewhere/model")).spec == in_torch("elsewhere/model")


def test_a_moved_model_keeps_its_fingerprint_and_another_weight_changes_it(small, tmp_path):
    from safetensors.numpy import load_file, save_file

    moved = tmp_path / "model"
    moved.mkdir()
    for path in small.iterdir():
        (moved / path.name).symlink_to(path)
    before = open_encoder(in_torch(small)).fingerprint
    assert open_encoder(in_torch(moved)).fingerprint == before
    tensors = load_file(small / "model.safetensors")
    name = sorted(tensors)[-1]
    tensors[name] = tensors[name] + 1
    (moved / "model.safetensors").unlink()
    save_file(tensors, moved / "model.safetensors", metadata={"format": "pt"})
    assert open_encoder(in_torch(moved)).fingerprint != before


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"precision": "int3"}, "float32, float16, bfloat16"),
        ({"max_tokens": 513}, "at most 512"),
        ({"max_tokens": 0}, "at most 512"),
    ],
)
def test_what_the_model_does_not_have_is_refused(small, changes, message):
    with pytest.raises(InputError, match=message):
        open_encoder(in_torch(small, **changes))


def test_a_folder_without_a_model_is_an_error_that_names_the_choices(tmp_path):
    for name in (tmp_path, tmp_path / "missing", "./missing"):
        with pytest.raises(EncoderError, match=r"folder, 'e5-small' .*'hashing'") as caught:
            open_encoder(EncoderSpec(name=str(name)))
        assert "\n" not in str(caught.value)


def test_an_unreachable_hub_is_an_error_at_once(monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(EncoderError, match="connect to the network"):
        open_encoder(EncoderSpec(name="someone/no-such-model"))


@pytest.mark.slow
def test_the_whole_model_agrees_with_the_built_in_encoder(tmp_path):
    folder = save_model(tmp_path, n_layers=12, n_pieces=Weights(find_weights()).shape.n_rows - 35)
    texts = ["De dijk brak woensdag door bij Hogeveld.", "台风袭击港口城市", "انهار السد"]
    rows = open_encoder(in_torch(folder, prompt="query: ")).encode(texts)
    for storing, least in ((False, 0.9995), (True, 0.997)):
        assert (rows * E5Encoder(storing=storing).encode(texts)).sum(axis=1).min() > least


@pytest.mark.slow
def test_the_fingerprint_is_the_same_in_another_process(small):
    code = (
        "import sys; from engine.domain import EncoderSpec;"
        "from engine.encoding import open_encoder;"
        "print(open_encoder(EncoderSpec(name=sys.argv[1], precision='float32')).fingerprint)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code, str(small)], capture_output=True, text=True, check=True
    ).stdout.strip()
    assert printed == open_encoder(in_torch(small)).fingerprint
