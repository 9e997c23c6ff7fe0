"""Coverage as tables and plots: read back, held to Vega-Lite's schema, safe in a spreadsheet."""

import csv
import json
from dataclasses import fields

import pytest

from engine.coverage.figures import TABLES, Span, coverage_of
from engine.errors import InputError, StorageError
from engine.reports.coverage_files import write_coverage
from engine.reports.coverage_plots import SCHEMA, plots
from engine.reports.coverage_tables import COLUMNS, coverage_table, rows_of
from engine.reports.coverage_wording import counts, leaders_and_laggards
from tests.coverage.cases import report, story


@pytest.fixture
def found():
    told = [
        story(
            report("=SUM(A1)", 9), report("b", 10.5), report("c", 12, of="b", language="nl"),
            id_=f"s-{place}", matter=place,
        )
        for place in range(8)
    ]  # fmt: skip
    told.append(story(report("b", 200, agency="AFP"), report("d", 0, language="tr"), id_="s-tr"))
    told.append(story(report("b", None), report("d", None), id_="s-undated", matter=9))
    return coverage_of(told, Span(), generation="g", n_untold=2)


@pytest.fixture
def empty():
    return coverage_of([], Span(), generation="g", n_untold=0)


def test_every_field_of_a_row_is_a_column(found):
    assert tuple(COLUMNS) == TABLES
    for table in set(TABLES) - {"periods"}:
        (row, *_) = found.tables[table]
        assert [field.name for field in fields(row)] == list(COLUMNS[table])
    for table in TABLES:
        assert list(rows_of(found, table)[0]) == list(COLUMNS[table])


def test_parquet_gives_back_what_was_written(found, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    paths = write_coverage(found, tmp_path / "new" / "folder")
    assert {path.name for path in paths} == {path.name for path in paths[0].parent.iterdir()}
    for table in TABLES:
        read = parquet.read_table(tmp_path / "new" / "folder" / f"{table}.parquet")
        assert read.equals(coverage_table(found, table))
        rows = rows_of(found, table)
        for row in rows:
            row |= {name: list(value) for name, value in row.items() if isinstance(value, tuple)}
        assert read.to_pylist() == rows


def test_no_spreadsheet_calculates_a_name(found, tmp_path):
    write_coverage(found, tmp_path)
    with (tmp_path / "firsts.csv").open(encoding="utf-8-sig") as stream:
        rows = list(csv.DictReader(stream))
    assert rows[0]["name"] == "'=SUM(A1)"
    assert float(rows[0]["share"]) == found.firsts[0].share
    with (tmp_path / "missed.csv").open(encoding="utf-8-sig") as stream:
        assert {row["languages"] for row in csv.DictReader(stream)} >= {"en; nl"}


@pytest.mark.parametrize("which", ["found", "empty"])
def test_every_plot_is_vega_lite_and_holds_its_data(which, request):
    altair = pytest.importorskip("altair")
    found = request.getfixturevalue(which)
    assert altair.SCHEMA_URL.startswith(SCHEMA.removesuffix(".json"))
    for name, spec in plots(found).items():
        altair.Chart.from_dict(spec)  # raises where the schema does not allow it
        assert spec["data"].keys() == {"values"}
        assert json.loads(json.dumps(spec, allow_nan=False)) == spec
        assert "url" not in json.dumps(spec["data"])
        if which == "found":
            assert spec["data"]["values"], name
            shown = set().union(*spec["data"]["values"])
            assert set(named_fields(spec)) <= shown, name


def named_fields(spec):
    """Yield the columns that the encodings of a plot name."""
    if isinstance(spec, dict):
        if isinstance(spec.get("field"), str):
            yield spec["field"]
        for part in spec.values():
            yield from named_fields(part)
    if isinstance(spec, list):
        for part in spec:
            yield from named_fields(part)


def test_nothing_is_written_where_something_is_in_the_way(found, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(StorageError):
        write_coverage(found, tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
    with pytest.raises(InputError, match="expected a table among firsts"):
        rows_of(found, "lasts")


def test_a_report_says_who_surely_leads_and_who_is_late(found, empty):
    assert leaders_and_laggards(found) == [
        "First more often than by chance: =SUM(A1) (8 of 8, by chance 50%).",
        "Behind the first report, by the median: en 8 days (in 1 of 9), nl 3 hours (in 8 of 8).",
    ]
    assert leaders_and_laggards(empty) == []
    assert "2 stories are left out" in counts(found)[-1]
    assert len(counts(empty)) == 2
