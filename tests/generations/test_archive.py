"""One file carries a base to another machine, or is refused with a reason."""

import io
import json
import tarfile

import numpy as np
import pytest

from engine.disk.layout import Layout
from engine.errors import DamagedError, EngineError, InputError, MismatchError, NotFoundError
from engine.generations.archive import CONTENTS, export_archive, import_archive
from engine.generations.generation import open_live
from engine.generations.upkeep import verify
from tests.generations.cases import publish_one, under_lock

ARTICLES = b"the articles, which indexing does not look into"


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "base")


@pytest.fixture
def exported(layout, tmp_path):
    """Return a published generation and its archive."""
    generation = publish_one(layout, n=30, n_stories=2)
    copies = Layout(tmp_path / "copies")
    copies.root.mkdir()
    copies.corpus.write_bytes(ARTICLES)
    path = tmp_path / "base.tar"
    export_archive(generation, path, copies=copies)
    return generation, path


def members(path):
    with tarfile.open(path) as archive:
        files = {entry.name: archive.extractfile(entry) for entry in archive}
        return {name: file.read() for name, file in files.items() if file}


def write(path, contents):
    with tarfile.open(path, "w") as archive:
        for name, content in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def change_contents(path, change):
    stored = members(path)
    values = json.loads(stored[CONTENTS])
    change(values)
    write(path, stored | {CONTENTS: json.dumps(values).encode()})


def expect_nothing(layout):
    with pytest.raises(NotFoundError):
        open_live(layout)
    assert not layout.corpus.exists()
    assert not layout.generations.exists() or not list(layout.generations.iterdir())


def test_what_is_imported_is_what_was_exported(exported, tmp_path):
    generation, path = exported
    there = Layout(tmp_path / "there")
    imported = under_lock(import_archive, there, path)
    assert imported.name == generation.name == open_live(there).name
    np.testing.assert_array_equal(imported.vectors(), generation.vectors())
    assert imported.stories() == generation.stories()
    assert there.corpus.read_bytes() == ARTICLES
    assert verify(there) == []
    publish_one(there, seed=1)
    assert verify(there) == []


def test_what_the_base_has_learnt_goes_with_it(layout, tmp_path):
    generation = publish_one(layout, n=30)
    copies = Layout(tmp_path / "copies")
    copies.root.mkdir()
    copies.corpus.write_bytes(ARTICLES)
    copies.pair_model.write_bytes(b"learnt")
    copies.granularity.write_bytes(b"turned")
    export_archive(generation, tmp_path / "base.tar", copies=copies)
    there = Layout(tmp_path / "there")
    imported = under_lock(import_archive, there, tmp_path / "base.tar")
    assert there.pair_model.read_bytes() == b"learnt"
    assert there.granularity.read_bytes() == b"turned"
    assert there.corpus.read_bytes() == ARTICLES
    folder = there.generation(imported.name).folder
    files = {path.name for path in folder.iterdir()}
    assert files == {"manifest.json", *imported.manifest.files}
    for name in ("pair_model.json", "granularity.json"):
        again = Layout(tmp_path / f"again-{name}")
        again.root.mkdir()
        (again.root / name).write_bytes(b"other")
        with pytest.raises(InputError, match="holds a base already"):
            under_lock(import_archive, again, tmp_path / "base.tar")
        assert (again.root / name).read_bytes() == b"other"


def test_a_base_that_holds_something_is_not_overwritten(exported, layout):
    _, path = exported
    with pytest.raises(InputError, match="import into a new folder with --indexes"):
        under_lock(import_archive, layout, path)
    assert verify(layout) == []


def test_a_damaged_generation_is_not_exported(layout, tmp_path):
    generation = publish_one(layout)
    layout.generation(generation.name).centring.write_bytes(b"centring 9")
    with pytest.raises(DamagedError, match=r"centring\.npz"):
        export_archive(generation, tmp_path / "base.tar", copies=Layout(tmp_path / "x"))
    assert not list(tmp_path.glob("base.tar*"))


def test_a_file_that_is_no_archive_is_refused(tmp_path, layout):
    with pytest.raises(InputError, match="there is no file"):
        under_lock(import_archive, layout, tmp_path / "none.tar")
    (tmp_path / "text.tar").write_text("hello\n" * 1000)
    with pytest.raises(DamagedError, match="not whole"):
        under_lock(import_archive, layout, tmp_path / "text.tar")
    expect_nothing(layout)


@pytest.mark.parametrize("seed", range(15))
def test_any_flipped_bit_or_cut_is_noticed_or_harmless(exported, tmp_path, seed):
    generation, path = exported
    random = np.random.default_rng(seed)
    data = bytearray(path.read_bytes())
    if seed % 3:
        bit = int(random.integers(8 * len(data)))
        data[bit // 8] ^= 1 << bit % 8
    else:
        data = data[: int(random.integers(len(data) - 10_240))]
    path.write_bytes(data)
    there = Layout(tmp_path / "there")
    try:
        imported = under_lock(import_archive, there, path)
    except EngineError:
        expect_nothing(there)
    else:  # the padding between members, or a field of a header that says nothing
        assert verify(there) == []
        np.testing.assert_array_equal(imported.vectors(), generation.vectors())
        assert there.corpus.read_bytes() == ARTICLES


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda values: values.update(schema=99), MismatchError, "upgrade the engine"),
        (lambda values: values.pop("files"), DamagedError, "files"),
        (lambda values: values["files"].pop("corpus.sqlite"), DamagedError, "not listed"),
        (lambda values: values["files"].pop("keys.npy"), DamagedError, "keys.npy is not as"),
        (
            lambda values: values["files"].update({"more": {"n_bytes": 1, "sha256": ""}}),
            DamagedError,
            "more is missing",
        ),
        (lambda values: values.update(generation="../../elsewhere"), DamagedError, "no name"),
    ],
)
def test_contents_that_do_not_fit_are_refused(exported, tmp_path, change, error, message):
    _, path = exported
    change_contents(path, change)
    there = Layout(tmp_path / "there")
    with pytest.raises(error, match=message):
        under_lock(import_archive, there, path)
    expect_nothing(there)


@pytest.mark.parametrize("name", ["../outside", "/outside", "a/b", ".hidden"])
def test_no_member_leaves_its_folder(exported, tmp_path, name):
    _, path = exported
    stored = members(path)
    values = json.loads(stored[CONTENTS])
    values["files"][name] = values["files"]["centring.npz"]
    head = {CONTENTS: json.dumps(values).encode()}
    write(path, head | {n: c for n, c in stored.items() if n != CONTENTS} | {name: b"x"})
    with pytest.raises(DamagedError, match="no name of a file"):
        under_lock(import_archive, Layout(tmp_path / "there"), path)
    assert not (tmp_path / "outside").exists()


def test_a_link_in_an_archive_is_refused(exported, tmp_path):
    _, path = exported
    stored = members(path)
    with tarfile.open(path, "w") as archive:
        for name, content in stored.items():
            entry = tarfile.TarInfo(name)
            if name == "keys.npy":
                entry.type, entry.linkname = tarfile.SYMTYPE, "/etc/passwd"
                archive.addfile(entry)
            else:
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))
    with pytest.raises(DamagedError, match=r"keys\.npy"):
        under_lock(import_archive, Layout(tmp_path / "there"), path)
