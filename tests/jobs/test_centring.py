"""A base that took the centring of another keeps to it, and says where it does not fit."""

import pytest

import engine
from engine.encoding.hashing import HashingEncoder
from engine.errors import DamagedError, InputError, MismatchError, NotFoundError
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY, line


def take_in(folder, texts):
    feed = folder.with_suffix(".jsonl")
    feed.write_text("\n".join(line(id_, text) for id_, text in texts.items()))
    with engine.open(folder) as base:
        base.ingest([feed])
        base.rebuild(spec=HASHING)


def centring(folder):
    with engine.open(folder) as base:
        return base.reader.generation.centring


@pytest.fixture
def bases(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    take_in(first, {"b": BRIDGE, "r": ROBBERY})
    take_in(second, {"r": ROBBERY})
    assert centring(first) != centring(second)
    return first, second


def test_it_is_kept_by_later_rebuilds_and_by_copies(bases, tmp_path):
    first, second = bases
    with engine.open(second) as base:
        base.rebuild(centring_of=first)
    take_in(second, {"new": BRIDGE + " Nobody was hurt."})
    assert centring(second) == centring(first)
    with engine.open(second) as base:
        base.export(tmp_path / "copy.tar")
    with engine.open(tmp_path / "copy") as copy:
        copy.import_from(tmp_path / "copy.tar")
    take_in(tmp_path / "copy", {"more": ROBBERY + " Police search for the robbers."})
    assert centring(tmp_path / "copy") == centring(first)


def test_a_base_without_one_or_of_another_encoder_is_refused(bases, tmp_path):
    _, second = bases
    before = centring(second)
    file = second.with_suffix(".jsonl")
    with engine.open(second) as base:
        for path in (file, str(file), file / "base"):
            with pytest.raises(InputError, match=r"second\.jsonl is a file; expected the folder"):
                base.rebuild(centring_of=path)
        with pytest.raises(NotFoundError):
            base.rebuild(centring_of=tmp_path / "none")
        base.rebuild()
    with engine.open(tmp_path / "other", encoder=HashingEncoder(dim=128)) as base:
        base.ingest([second.with_suffix(".jsonl")])
        base.rebuild()
        with pytest.raises(MismatchError, match=r"encoder .*--centring-of"):
            base.rebuild(centring_of=second)
    assert centring(second) == before


def test_one_that_was_altered_is_named(bases):
    first, second = bases
    with engine.open(second) as base:
        base.rebuild(centring_of=first)
        file = second / "centring.json"
        file.write_text(file.read_text().replace('"centring": "U', '"centring": "V'))
        assert [said for said in base.verify() if "centring.json" in said]
        with pytest.raises(DamagedError, match=r"centring\.json .* seal .*--centring-of"):
            base.rebuild()
