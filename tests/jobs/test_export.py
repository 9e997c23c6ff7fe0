"""A base moves to another machine in one file, and says what it holds and lacks."""

import json
from dataclasses import replace

import pytest

import engine
from engine.cli.operation import status
from engine.disk.lock import writing
from engine.domain import EncoderSpec
from engine.errors import DamagedError, InputError, StorageError
from engine.jobs.lookup.answers import PairLabel
from engine.jobs.lookup.learnt import base_model
from engine.recorded import RunKind
from engine.same_event.pair_model import shipped_model, write_model
from engine.store import Corpus, RunContent
from tests.cli.cases import invoke

TEXTS = {
    "b1": "The stone bridge over the Elm collapsed on Monday.",
    "b2": "On Monday a stone bridge over the river Elm collapsed.",
    "r1": "Robbers fled with gold from a museum in the capital.",
}


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "feed.jsonl"
    path.write_text(
        "".join(
            json.dumps({"id": id_, "text": text, "language": "en"}) + "\n"
            for id_, text in TEXTS.items()
        )
    )
    return path


@pytest.fixture
def base(tmp_path, feed):
    with engine.open(tmp_path / "base") as opened:
        opened.ingest([feed])
        opened.rebuild(spec=EncoderSpec("hashing"))
        opened.cluster()
        yield opened


def ids(base):
    return [(hit.article.id, hit.cosine) for hit in base.similar("a bridge collapsed", k=3)]


def test_an_imported_base_answers_as_the_exported_one_and_goes_on(base, feed, tmp_path):
    name = base.export(tmp_path / "base.tar")
    with engine.open(tmp_path / "elsewhere") as other:
        assert other.import_from(tmp_path / "base.tar") == name == other.reader.generation.name
        assert ids(other) == ids(base)
        assert other.stories() == base.stories()
        assert other.verify() == []
        assert other.status().n_to_embed == 0
        with feed.open("a") as file:
            file.write(json.dumps({"id": "new", "text": "A ferry ran aground."}) + "\n")
        other.ingest([feed])
        assert other.rebuild().n_embedded == 1
        with pytest.raises(InputError, match="--indexes"):
            other.import_from(tmp_path / "base.tar")
    assert sorted(path.name for path in base.layout.root.iterdir() if "tmp" in path.name) == []


def test_an_imported_base_has_learnt_what_the_exported_one_had(base, tmp_path):
    model = replace(shipped_model(), event_days=17.0)
    write_model(model, base.layout.pair_model, report={})
    base.export(tmp_path / "base.tar")
    with engine.open(tmp_path / "elsewhere") as other:
        other.import_from(tmp_path / "base.tar")
        assert base_model(other.layout) == model
        assert other.verify() == []


def test_an_imported_base_has_the_answers_of_people(base, tmp_path):
    base.answer(PairLabel("b1", "b2", same_event=True))
    base.export(tmp_path / "base.tar")
    with engine.open(tmp_path / "elsewhere") as other:
        other.import_from(tmp_path / "base.tar")
        assert other.answers() == base.answers() != []


def test_watches_move_with_a_base_where_that_is_said(base, tmp_path, capsys, monkeypatch):
    base.add_watch(engine.Watch("bridges", text="a bridge collapsed"))
    monkeypatch.setenv("ENGINE_INDEXES", str(base.layout.root))
    told = "watches are left out, as they hold addresses; --watches takes them along"
    assert told in invoke(capsys, "export", tmp_path / "handed.tar")[2]
    assert told not in invoke(capsys, "export", tmp_path / "moved.tar", "--watches")[2]
    for name, watches in (("handed", []), ("moved", base.watches())):
        with engine.open(tmp_path / name) as other:
            other.import_from(tmp_path / f"{name}.tar")
            assert other.watches() == watches
            assert other.verify() == []
    assert other.layout.watches.stat().st_mode & 0o777 == 0o600
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "watches.json").write_text("{}")
    with engine.open(tmp_path / "new") as new, pytest.raises(InputError, match="already"):
        new.import_from(tmp_path / "moved.tar")


def test_an_export_takes_no_lock_and_writes_nothing_into_the_base(base, tmp_path):
    def state():
        # Beside the store lies what its readers share while they read.
        paths = [path for path in base.layout.root.rglob("*") if "sqlite-" not in path.name]
        return sorted((path, path.stat().st_mtime_ns) for path in paths)

    with writing(base.layout, command="a long night"), engine.open(base.layout.root) as other:
        before = state()
        name = other.export(tmp_path / "base.tar")
        assert state() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base", "base.tar", "feed.jsonl"]
    with engine.open(tmp_path / "elsewhere") as copy:
        assert copy.import_from(tmp_path / "base.tar") == name


def test_an_export_holds_the_ledger_of_its_generation(base, tmp_path):
    """A run that was recorded and not published when the copy was taken counts for nothing."""
    live = base.reader.generation
    with Corpus(base.layout.corpus) as corpus, corpus.transaction():
        run = corpus.history.runs()[-1]
        content = RunContent(parent=run.run, kind=RunKind.CLUSTER, at=run.at)
        pending = corpus.ledger.begin(content)
    base.export(tmp_path / "base.tar")
    with engine.open(tmp_path / "elsewhere") as copy:
        copy.import_from(tmp_path / "base.tar")
        assert copy.reader.corpus.history.run(pending) is None
        assert copy.reader.corpus.ledger.head() == copy.reader.run == live.manifest.run
    assert base.reader.corpus.history.run(pending) is not None


def test_an_export_between_deletion_and_publication_is_refused(base, tmp_path):
    (key,) = base.reader.corpus.articles.keys_of(["r1"]).values()
    with Corpus(base.layout.corpus) as corpus, corpus.transaction():
        corpus.forgotten.add([key])
    with pytest.raises(DamagedError, match=r"1 rows of generation .* forgets them"):
        base.export(tmp_path / "base.tar")
    assert not (tmp_path / "base.tar").exists()


def test_an_export_says_what_stops_it(base, tmp_path):
    with pytest.raises(StorageError, match="cannot write to"):
        base.export(tmp_path / "nowhere" / "base.tar")


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b'{"model": []}'])
def test_a_model_that_is_none_is_a_problem(base, content):
    base.layout.pair_model.write_bytes(content)
    (problem,) = base.verify()
    assert problem.startswith(str(base.layout.pair_model))
    assert "delete it" in problem
    with pytest.raises(DamagedError, match="run 'engine calibrate'"):
        base.similar("a bridge collapsed", k=3)
    base.layout.pair_model.unlink()
    assert base.verify() == []


def test_a_row_without_an_article_is_a_problem(base):
    (key,) = base.reader.corpus.articles.keys_of(["r1"]).values()
    with Corpus(base.layout.corpus) as corpus, corpus.transaction():
        corpus._connection.execute("DELETE FROM articles WHERE key = ?", (key,))
    (problem,) = base.verify()
    assert problem.startswith("1 rows of generation")
    assert "engine rebuild" in problem
    base.rebuild()
    assert base.verify() == []


def test_status_counts_shared_files_once(base):
    found = base.status()
    assert len(found.generations) == found.to_dict()["n_generations"] == 2
    folder = base.layout.generations
    sizes = [path.stat().st_size for path in folder.rglob("*") if path.is_file()]
    assert found.generations_bytes < 0.6 * sum(sizes)
    assert found.live.recall == 1.0
    assert found.live.n_deleted == 0


def test_status_lists_the_generations_that_rollback_takes(base, capsys):
    older, live = base.generations()
    base.layout.generation(older.name).manifest.write_bytes(b"{}")
    listed = base.status().generations
    assert [each.name for each in listed] == [older.name, live.name]
    assert [each.live for each in listed] == [False, True]
    assert "was altered" in listed[0].problem
    assert listed[1].age_hours == 0.0
    assert (listed[1].n_articles, listed[1].problem) == (3, "")
    status(indexes=base.layout.root)
    out = capsys.readouterr().out
    assert live.name in out
    assert "was altered" in out.replace("\n", " ")
