"""Articles that a program holds already: every kind of rows is read as the same JSON lines are."""

import json
from collections import deque
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

import engine
from engine.domain import Article
from engine.errors import InputError, MissingExtraError
from engine.jobs.storing.ingest import ARTICLES_AT_ONCE
from engine.jobs.storing.intake import Intake

NOW = datetime(2023, 6, 1, 12, tzinfo=UTC)

ROWS: list[dict[str, str | None]] = [
    {
        "id": "bridge",
        "headline": "Bridge over the Elm collapses",
        "text": "OLDTOWN - The old stone bridge over the river Elm collapsed on Monday.\nLees ook",
        "published_at": "2023-05-10T12:00:00Z",
        "source": "Daily",
        "url": "https://daily.example/bridge",
        "author": "Ann Example",
        "lang": "en",
    },
    {
        "id": None,
        "headline": "Robbers take gold coins",
        "text": "Three masked robbers took gold coins from the museum of Oldtown at night.",
        "published_at": None,
        "source": "",
        "url": "https://weekly.example/robbers",
        "author": None,
        "lang": None,
    },
    {
        "id": "broken",
        "headline": "A festival opens",
        "text": "A quiet village festival opened with music and cake.",
        "published_at": "some day in May",
        "source": "Daily",
        "url": None,
        "author": None,
        "lang": "en",
    },
]


def columns():
    return {name: [row[name] for row in ROWS] for name in ROWS[0]}


def pandas_frame():
    return pytest.importorskip("pandas").DataFrame(ROWS)


def polars_frame():
    return pytest.importorskip("polars").DataFrame(ROWS)


def arrow_table():
    return pytest.importorskip("pyarrow").table(columns())


def arrow_batch():
    return arrow_table().to_batches()[0]


def arrow_reader():
    return arrow_table().to_reader(max_chunksize=2)


KINDS = {
    "list of dicts": lambda: ROWS,
    "generator of dicts": lambda: (dict(row) for row in ROWS),
    "any iterable": lambda: deque(ROWS),
    "pandas": pandas_frame,
    "polars": polars_frame,
    "table": arrow_table,
    "batch": arrow_batch,
    "reader": arrow_reader,
}


def stored(folder, source, **options):
    """Return the report of an ingest into a new base, and what was stored."""
    with engine.open(folder, clock=lambda: NOW) as base:
        report = base.ingest(source, **options)
        articles = base.reader.corpus.articles
        found = list(articles.by_keys(articles.keys().tolist()).values())
    return report, found


@pytest.fixture
def as_lines(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)))
    return stored(tmp_path / "lines", path)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_rows_is_read_as_json_lines_are(kind, tmp_path, as_lines):
    report, found = stored(tmp_path / "rows", KINDS[kind]())
    expected, articles = as_lines
    assert found == articles
    assert len(found) == 2
    assert found[0].raw
    assert "Lees ook" not in found[0].body
    (reject,), (of_line,) = report.rejects, expected.rejects
    assert (reject.line, reject.field, reject.reason) == (3, "published_at", of_line.reason)
    assert reject.file in {"rows", "DataFrame", "Table", "RecordBatch", "RecordBatchReader"}


@pytest.mark.parametrize("kind", KINDS)
def test_names_of_columns_can_be_mapped(kind, tmp_path):
    intake = Intake(renamed={"title": "author", "published": "no such column"})
    _, found = stored(tmp_path, KINDS[kind](), intake=intake)
    assert found[0].title == "Ann Example"


def test_a_reject_of_an_article_names_its_own_field(tmp_path):
    ahead = datetime(2031, 1, 1, tzinfo=UTC)
    article = Article("a", "A tram stopped", "At noon.", "en", "Daily", "", ahead, NOW)
    report, _ = stored(tmp_path, [article, replace(article, title="", body="<br>")])
    assert [one.field for one in report.rejects] == ["published", "body"]


def test_a_field_is_named_as_map_takes_it(tmp_path):
    rows = [{"kop": "A tram stopped", "inhoud": "At noon.", "wanneer": "2024-05-08"}]
    intake = Intake(renamed={"headline": "kop", "text": "inhoud", "published_at": "wanneer"})
    with engine.open(tmp_path / "base") as base:
        base.ingest(rows, intake=intake)
        keys = base.reader.corpus.articles.keys().tolist()
        (found,) = base.reader.corpus.articles.by_keys(keys).values()
    assert (found.title, found.body) == ("A tram stopped", "At noon.")
    assert found.published == datetime(2024, 5, 8, tzinfo=UTC)
    with pytest.raises(InputError, match=r"expected id, title, text.*'kop'"):
        Intake(renamed={"kop": "title"})


def test_articles_come_back_as_they_were(tmp_path, as_lines):
    _, articles = as_lines
    earlier = [engine.Article(**{**fields(a), "fetched": NOW.replace(day=1)}) for a in articles]
    report, found = stored(tmp_path / "again", earlier)
    assert found == earlier
    assert report.added == 2


def fields(article):
    return {name: getattr(article, name) for name in Article.__slots__}


def test_one_article_and_one_dict_are_rows_and_a_text_is_a_path(tmp_path, as_lines):
    assert stored(tmp_path / "a", ROWS[0])[1] == as_lines[1][:1]
    assert stored(tmp_path / "b", as_lines[1][0])[1] == as_lines[1][:1]
    path = tmp_path / "rows.jsonl"
    assert stored(tmp_path / "c", str(path))[1] == as_lines[1]
    assert stored(tmp_path / "d", (str(path) for _ in range(1)))[1] == as_lines[1]
    assert stored(tmp_path / "e", [])[1] == []


def test_a_row_that_is_none_is_a_reject(tmp_path):
    report, found = stored(tmp_path, [ROWS[0], "a text", None, ["a"]])
    assert len(found) == 1
    assert [(r.file, r.line) for r in report.rejects] == [("rows", 2), ("rows", 3), ("rows", 4)]
    assert report.rejects[0].reason == "expected an Article or a dict, found a string"


def test_values_of_numpy_and_missing_numbers_are_understood(tmp_path):
    pandas = pytest.importorskip("pandas")
    rows = [
        {"id": np.int64(7), "title": np.str_("One"), "text": np.array(["First.", "Second."])},
        {"id": np.int64(8), "title": "Two", "url": float("nan"), "published_at": pandas.NaT},
        {"id": 9, "title": "Three", "published_at": pandas.Timestamp("2023-05-10 12:00")},
        {"id": 10, "title": "Four", "published_at": date(2023, 5, 10), 3: "a column of a number"},
    ]
    report, found = stored(tmp_path, rows)
    assert report.rejected == 0
    assert [article.id for article in found] == ["7", "8", "9", "10"]
    assert found[0].body.split() == ["First.", "Second."]
    assert (found[1].url, found[1].published) == ("", None)
    assert found[2].published == datetime(2023, 5, 10, 12, tzinfo=UTC)
    assert found[3].published == datetime(2023, 5, 10, tzinfo=UTC)


def test_a_frame_with_dates_of_its_own_and_gaps(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "title": ["One", "Two"],
            "number": [1.5, None],
            "published_at": pandas.to_datetime(["2023-05-10T12:00:00+02:00", None]),
        },
        index=pandas.Index(["a", "b"], name="id"),
    )
    _, found = stored(tmp_path, frame)
    assert [(a.id, a.published) for a in found] == [
        ("a", datetime(2023, 5, 10, 10, tzinfo=UTC)),
        ("b", None),
    ]


def test_a_column_of_several_types_names_the_way_out(tmp_path):
    frame = pytest.importorskip("pandas").DataFrame({"title": ["One", 2, {"three": 3}]})
    with pytest.raises(InputError, match="give its rows as dicts"):
        stored(tmp_path, frame)
    report, found = stored(tmp_path, frame.to_dict("records"))
    assert len(found) == 1
    assert [reject.line for reject in report.rejects] == [2, 3]


@pytest.mark.parametrize(
    "source", [7, object(), ["a path", ROWS[0]]], ids=["number", "object", "mixed"]
)
def test_what_is_no_source_says_what_is(source, tmp_path):
    with pytest.raises(InputError, match="expected paths"):
        stored(tmp_path, source)


def test_a_table_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    table = arrow_table()
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"news-story-engine\[parquet\]"):
        stored(tmp_path, table)


def test_a_night_and_a_cleaning_take_rows_too(tmp_path):
    with engine.open(tmp_path, clock=lambda: NOW) as base:
        assert [type(found).__name__ for found in base.clean(ROWS)] == [
            "CleanedArticle", "CleanedArticle", "Reject",
        ]  # fmt: skip
        done = base.nightly(ROWS, spec=engine.EncoderSpec("hashing"))
        assert (done.ingested.added, done.ingested.rejected) == (2, 1)


def test_rows_before_a_failure_of_their_maker_are_kept(tmp_path):
    def failing():
        for number in range(ARTICLES_AT_ONCE + 100):
            yield {"id": f"a{number}", "title": f"Number {number} of many"}
        raise OSError("the connection was lost")

    with engine.open(tmp_path) as base:
        with pytest.raises(OSError, match="connection"):
            base.ingest(failing())
        assert base.status().n_articles == ARTICLES_AT_ONCE
