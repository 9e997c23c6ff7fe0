"""Inputs with nothing in them to read are said, and are no rejects."""

import io
import sqlite3
import tarfile
import zipfile
from contextlib import closing

import pytest

import engine
from engine.domain import Article, EmptyInput, EncoderSpec, Reject
from engine.jobs.storing.intake import Intake
from engine.reading.formats.jsonl import BLOCK_BYTES
from engine.reports.wording import counts
from tests.cli.cases import invoke
from tests.reading.cases import reading

RSS = '<?xml version="1.0"?><rss version="2.0"><channel><title>Daily</title>{}</channel></rss>'
JSON_FEED = '{"version": "https://jsonfeed.org/version/1.1", "title": "Daily", %s"items": []}'


def zipped(*names):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name in names:
            archive.mkdir(name)
    return written.getvalue()


def tarred(name):
    written = io.BytesIO()
    with tarfile.open(fileobj=written, mode="w") as archive:
        folder = tarfile.TarInfo(name)
        folder.type = tarfile.DIRTYPE
        archive.addfile(folder)
    return written.getvalue()


NOTHING = {
    "none.jsonl": b"",
    "none.txt": b"",
    "none.csv": b"",
    "none.eml": b"",
    "none": b"",
    "blank.jsonl": b"\n \n",
    "long.jsonl": b" " * BLOCK_BYTES * 2 + b"\n\n",
    "blank.txt": b" \n\n",
    "blank.csv": b"\n\n",
    "mark.jsonl": b"\xef\xbb\xbf",
    "header.csv": b"title,text\n",
    "answer.json": b'{"status": "ok", "totalResults": 0,\n "articles": []}',
    "answer.jsonl": b'{"status": "ok", "totalResults": 0, "articles": []}\n',
    "list.json": b"[]",
    "feed.json": (JSON_FEED % "").encode(),
    "described.json": (JSON_FEED % '"description": "All news.", ').encode(),
    "feed.xml": RSS.format("").encode(),
    "sitemap.xml": b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"></urlset>',
    "none.zip": zipped(),
    "folders.zip": zipped("a"),
    "folders.tar": tarred("a"),
}


@pytest.mark.parametrize("name", NOTHING)
def test_a_file_that_holds_nothing_is_said(tmp_path, name):
    if name.endswith(".xml"):
        pytest.importorskip("feedparser" if "feed" in name else "lxml")
    (tmp_path / name).write_bytes(NOTHING[name])
    (found,) = reading([tmp_path / name])
    assert isinstance(found, EmptyInput)
    assert found.file == str(tmp_path / name)
    assert found.reason.endswith(("is empty", "holds no articles", "holds no files"))


def test_a_folder_and_a_pattern_that_find_nothing_today(tmp_path):
    kinds = [type(one) for one in reading([tmp_path, f"{tmp_path}/*.xml", f"{tmp_path}/no/*.xml"])]
    assert kinds == [EmptyInput, EmptyInput, Reject]


def test_a_query_without_rows(tmp_path):
    with closing(sqlite3.connect(tmp_path / "news.db")) as database, database:
        database.execute("CREATE TABLE news (title, text)")
    with engine.open(tmp_path / "base") as base:
        report = base.ingest(tmp_path / "news.db", intake=Intake(query="SELECT * FROM news"))
    assert (report.rejected, report.empty) == (0, 1)


def test_what_only_looks_empty_is_read(tmp_path):
    article = b'{"title": "A tram stopped", "text": "At noon.", "entries": []}\n'
    titled = b'{"title": "A tram stopped", "data": []}\n'
    later = b" " * BLOCK_BYTES + b"\n" + article
    for data in (article, titled, later, b"\n\ntitle,text\nA tram stopped,At noon.\n"):
        path = tmp_path / ("a.csv" if b"title," in data else "a.jsonl")
        path.write_bytes(data)
        (found,) = reading([path])
        assert isinstance(found, Article)
        assert found.title == "A tram stopped"
    path.write_bytes(b'{"id": "a", "headlin": "A tram stopped", "data": []}')
    (found,) = reading([path])
    assert type(found) is Reject


def test_a_feed_that_is_cut_off_before_its_entries_is_no_empty_one(tmp_path):
    pytest.importorskip("feedparser")
    (tmp_path / "feed.xml").write_text(RSS.format("<item><title>A tr")[: -len("</channel></rss>")])
    assert EmptyInput not in {type(one) for one in reading([tmp_path / "feed.xml"])}
    (tmp_path / "feed.xml").write_text('<?xml version="1.0"?><rss version="2.0"><channel><titl')
    (found,) = reading([tmp_path / "feed.xml"])
    assert "cut off" in found.reason


def test_a_quiet_night_fails_nothing_and_tells_of_it(tmp_path, capsys):
    feed, quiet, drop = tmp_path / "a.jsonl", tmp_path / "quiet.jsonl", tmp_path / "drop"
    feed.write_text('{"id": "a", "text": "The tram to the harbour stopped at noon."}')
    quiet.write_text("")
    drop.mkdir()
    with engine.open(tmp_path / "base") as base:
        night = base.nightly([feed, quiet, drop], spec=EncoderSpec("hashing"))
        assert (night.ingested.rejected, night.ingested.empty) == (0, 2)
        assert [one.file for one in night.ingested.empties] == [str(quiet), str(drop)]
        said = counts(base.briefing(report=night))
        assert f"Nothing to read in {quiet}, {drop}." in said
        assert not base.layout.rejects.exists()
    line = ["nightly", str(quiet), str(drop), "--indexes", str(tmp_path / "base")]
    for words in (line, ["ingest", *line[1:]]):
        code, _, said = invoke(capsys, *words)
        assert code == 0
        assert f"nothing to read in {quiet}: it is empty" in said
        assert f"nothing to read in {drop}: the folder holds no files" in said
