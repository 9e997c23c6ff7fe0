"""Timing a model in every way it can run."""

import json

import pytest
from model_folder import save_model

from engine.cli.main import run
from engine.jobs.rebuilding.model_bench import bench_model


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    pytest.importorskip("sentence_transformers", reason="sentence-transformers is not installed")
    return save_model(tmp_path_factory.mktemp("small"), n_layers=1, n_pieces=4000)


def test_the_built_in_model_is_timed_in_both_runtimes():
    found = bench_model("e5-small", n_texts=4, n_rounds=1)
    assert [way.way for way in found.ways] == ["compiled engine", "int8"]
    first, second = found.ways
    assert (first.times_first, first.cosine) == (1.0, 1.0)
    assert 0.998 < second.cosine < 1
    assert second.texts_per_second == pytest.approx(
        first.texts_per_second * second.times_first, rel=0.1
    )


def test_a_folder_is_timed_in_float32_and_int8(small, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ENGINE_CACHE", str(tmp_path))
    with pytest.raises(SystemExit) as ended:
        run(["model", "bench", str(small), "--texts", "4", "--rounds", "2", "--json"])
    assert ended.value.code == 0
    found = json.loads(capsys.readouterr().out)
    assert [way["way"] for way in found["ways"]] == ["float32", "int8"]
    assert found["ways"][1]["cosine"] > 0.99
    assert found["impossible"] == {}


def test_a_model_without_an_int8_form_says_why(small, tmp_path, monkeypatch, capsys):
    other = tmp_path / "model"
    other.mkdir()
    for path in small.iterdir():
        (other / path.name).symlink_to(path)
    (other / "1_Pooling").unlink()
    (other / "1_Pooling").mkdir()
    settings = json.loads((small / "1_Pooling" / "config.json").read_text())
    (other / "1_Pooling" / "config.json").write_text(json.dumps(settings | {"pooling_mode": "max"}))
    monkeypatch.setenv("ENGINE_CACHE", str(tmp_path / "cache"))
    with pytest.raises(SystemExit):
        run(["model", "bench", str(other), "--texts", "2", "--rounds", "1"])
    assert "not in int8: its folder is not one that is understood here (pooling 'max')" in (
        capsys.readouterr().err
    )
