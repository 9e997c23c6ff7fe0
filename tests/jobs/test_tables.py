"""Articles, stories and neighbours as tables, in every format alike."""

import csv
import json
from dataclasses import replace

import numpy as np
import pytest

import engine
from engine.errors import InputError, MissingExtraError, NotFoundError, StorageError
from engine.jobs.telling.tables import COLUMNS
from engine.store import Corpus
from tests.jobs.cases import HASHING


@pytest.fixture
def told(base):
    base.cluster()
    return base


def read_parquet(path):
    return pytest.importorskip("pyarrow.parquet").read_table(path)


def read_arrow(path):
    return pytest.importorskip("pyarrow").ipc.open_file(path).read_all()


def as_lines(table):
    return [
        json.loads(json.dumps(row, default=lambda time: time.isoformat()))
        for row in table.to_pylist()
    ]


@pytest.mark.parametrize("what", COLUMNS)
@pytest.mark.parametrize("vectors", [False, True], ids=["plain", "vectors"])
def test_every_format_holds_the_same(told, tmp_path, what, vectors):
    if vectors and what != "articles":
        with pytest.raises(InputError, match="only articles have vectors"):
            told.to_arrow(what, vectors=True)
        return
    table = told.to_arrow(what, vectors=vectors, k=2)
    assert table.column_names[: len(COLUMNS[what])] == list(COLUMNS[what])
    paths = [tmp_path / f"table{ending}" for ending in (".parquet", ".arrow", ".jsonl")]
    for path in paths:
        assert told.write_table(path, what, vectors=vectors, k=2) == len(table)
    assert read_parquet(paths[0]).equals(table)
    assert read_arrow(paths[1]).equals(table)
    lines = [json.loads(line) for line in paths[2].read_text().splitlines()]
    assert lines == as_lines(table)
    assert sorted(tmp_path.glob("*.new")) == []


def test_articles_tell_their_story_and_their_vector(told):
    table = told.to_arrow("articles", vectors=True)
    rows = {row["id"]: row for row in table.to_pylist()}
    story = told.stories()[0]
    assert {id_ for id_, row in rows.items() if row["story_id"] == story.id} == {"b1", "b2", "b3"}
    assert rows["alone"]["story_id"] is None
    stored = np.array(table["vector"].to_pylist(), np.float32)
    assert (stored == told.reader.generation.vectors()).all()
    assert table.schema.field("vector").type.list_size == stored.shape[1]


def test_stories_and_neighbours_are_what_the_verbs_return(told):
    (first, *_), stories = told.to_arrow("stories").to_pylist(), told.stories()
    assert first["article_ids"] == list(stories[0].article_ids)
    assert first["started"] == stories[0].started
    assert first["strengths"] == pytest.approx(stories[0].strengths)
    rows = told.to_arrow("neighbours", k=2).to_pylist()
    near = told.neighbours("r1", 2)
    mine = [row for row in rows if row["id"] == "r1"]
    assert [(row["neighbour"], row["cosine"]) for row in mine] == near
    assert [row["rank"] for row in mine] == [1, 2]


@pytest.mark.parametrize("ending", [".jsonl", ".parquet", "table"])
def test_articles_are_read_again_as_they_were(told, tmp_path, ending):
    if ending == "table":
        source = told.to_arrow("articles", vectors=True)
    else:
        source = tmp_path / f"articles{ending}"
        told.write_table(source, "articles")
    with engine.open(tmp_path / "again") as again:
        assert again.ingest(source).added == 6
        again.rebuild(spec=HASHING)
        for one, other in zip(told.iter_articles(), again.iter_articles(), strict=True):
            assert replace(other, fetched=one.fetched) == one


def test_a_base_without_stories_has_an_empty_table(base, tmp_path):
    assert base.to_arrow("stories").num_rows == 0
    assert base.write_table(tmp_path / "none.parquet", "stories") == 0
    assert read_parquet(tmp_path / "none.parquet").column_names == list(COLUMNS["stories"])
    assert base.to_arrow("articles")["story_id"].null_count == 6


def read_csv(path):
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


@pytest.mark.parametrize("what", COLUMNS)
def test_a_spreadsheet_has_the_same_rows(told, tmp_path, what):
    path = tmp_path / "table.csv"
    n_rows = told.write_table(path, what)
    rows, table = read_csv(path), told.to_arrow(what).to_pylist()
    assert len(rows) == n_rows == len(table)
    assert list(rows[0]) == list(COLUMNS[what])
    for row, whole in zip(rows, table, strict=True):
        assert row["id"] == whole["id"]
        assert all(bool(row[name]) == (whole[name] not in ("", None, [])) for name in whole)
    with pytest.raises(InputError, match="holds no vectors"):
        told.write_table(path, "articles", vectors=True)
    assert len(read_csv(path)) == n_rows


def test_a_membership_is_an_article_of_a_story(told):
    story = told.stories()[0]
    rows = [row for row in told.to_arrow("memberships").to_pylist() if row["story_id"] == story.id]
    assert tuple(row["id"] for row in rows) == story.article_ids
    assert [row["strength"] for row in rows] == pytest.approx(list(story.strengths))


def test_no_title_is_calculated_by_a_spreadsheet(tmp_path):
    formulas = ["=1+1", "+1", "-1", "@SUM(A1)", "  =1", "＝1", 'a;=HYPERLINK("x")']
    plain = ["a=b", "1 - 1", "a; b", "Mail me@example.org"]
    with engine.open(tmp_path / "base") as base:
        said = formulas + plain
        base.ingest([{"id": f"a{place}", "title": f"T{place}"} for place in range(len(said))])
        with Corpus(base.layout.corpus) as corpus, corpus.transaction():  # as no cleaning leaves it
            known = corpus.articles.by_keys(corpus.articles.keys().tolist())
            corpus.articles.upsert(
                replace(one, title=said[int(one.id[1:])]) for one in known.values()
            )
        base.rebuild(spec=HASHING)
        base.write_table(tmp_path / "a.csv", "articles")
    shown = {row["title"] for row in read_csv(tmp_path / "a.csv")}
    guarded = {f"'{said}" for said in formulas[:-1]} | {'a;\'=HYPERLINK("x")'}
    assert shown == guarded | set(plain)


@pytest.mark.parametrize("name", ["table.xls", "table", "table.json"])
def test_another_ending_is_refused_and_nothing_is_written(base, tmp_path, name):
    with pytest.raises(InputError, match=r"\.parquet, \.arrow, \.jsonl, \.csv"):
        base.write_table(tmp_path / name, "articles")
    assert not (tmp_path / name).exists()


def test_there_are_four_tables(base, tmp_path):
    with pytest.raises(InputError, match="articles, stories, memberships, neighbours"):
        base.write_table(tmp_path / "a.jsonl", "events")


def test_a_failure_leaves_the_file_as_it_was(base, tmp_path):
    path = tmp_path / "articles.jsonl"
    path.write_text("what was there")
    base.layout.generation(base.reader.generation.name).folder.joinpath("stories.jsonl").unlink()
    with engine.open(tmp_path / "nothing") as nothing:
        nothing.ingest({"title": "Not indexed"})
        with pytest.raises(NotFoundError):
            nothing.write_table(path, "articles")
    with pytest.raises(StorageError):
        base.write_table(tmp_path / "no such folder" / "a.jsonl", "articles")
    assert path.read_text() == "what was there"
    assert not path.with_name("articles.jsonl.new").exists()


def test_without_pyarrow_json_lines_are_written_still(base, tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    for verb in (base.to_arrow, lambda what: base.write_table(tmp_path / "a.parquet", what)):
        with pytest.raises(MissingExtraError, match=r"news-story-engine\[parquet\]"):
            verb("articles")
    assert not (tmp_path / "a.parquet").exists()
    assert base.write_table(tmp_path / "a.jsonl", "articles", vectors=True) == 6
