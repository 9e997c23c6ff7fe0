"""A sealed object says whether it was altered."""

import json

import pytest

from engine.disk.sealed import read_sealed, sealed, unsealed

VALUES = {"granularity": 0.5, "of": [1, "a"]}


def test_what_was_sealed_comes_back():
    assert unsealed(json.loads(json.dumps(sealed(VALUES)))) == VALUES
    assert unsealed(VALUES) == VALUES  # by hand, or by an earlier engine


@pytest.mark.parametrize("change", [{"granularity": 0.6}, {"more": 1}, {"seal": "0"}])
def test_what_was_altered_is_refused(change):
    with pytest.raises(ValueError, match="altered"):
        unsealed(sealed(VALUES) | change)


@pytest.mark.parametrize("content", ["", "[]", "{", '{"a": 1}', "[" * 100_000])
def test_a_file_that_is_none_is_refused(tmp_path, content):
    (tmp_path / "f.json").write_text(content)
    with pytest.raises(ValueError):  # noqa: PT011 - of many wordings
        read_sealed(tmp_path / "f.json", str)


def test_no_file_holds_nothing(tmp_path):
    assert read_sealed(tmp_path / "f.json", str) == {}
