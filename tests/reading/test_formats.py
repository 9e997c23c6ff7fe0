"""Every format gives the same articles, however it is named, packed or handed over."""

import bz2
import gzip
import io
import json
import lzma
import sqlite3
import tarfile
import zipfile
from contextlib import closing
from datetime import UTC, datetime

import pytest

from engine.domain import Article, Reject
from engine.errors import InputError
from engine.reading import read
from engine.reading.formats.readers import READERS, reader_for
from engine.reading.sources.databases import read_query
from tests.reading.cases import FETCHED, articles

FIRST = {
    "id": "1",
    "title": "Bridge closes on Monday",
    "text": "The bridge over the river closes on Monday. It will be repaired.",
    "language": "en",
    "published_at": "2024-05-08T10:00:00Z",
    "source": "The Echo",
    "url": "https://echo.example/bridge",
}
SECOND = {
    **FIRST,
    "id": "2",
    "title": "Ferry sinks",
    "text": "Nobody was hurt, police say.",
    "url": "",
}
ROWS = [FIRST, SECOND]


def expected(row):
    return Article(
        id=row["id"],
        title=row["title"],
        body=row["text"],
        language="en",
        source="The Echo",
        url=row["url"],
        published=datetime(2024, 5, 8, 10, tzinfo=UTC),
        fetched=FETCHED,
    )


def lines():
    return "".join(json.dumps(row) + "\n" for row in ROWS).encode()


def csv_bytes(delimiter):
    text = delimiter.join(FIRST) + "\r\n"
    for row in ROWS:
        text += delimiter.join(f'"{value}"' for value in row.values()) + "\r\n"
    return text.encode()


def parquet_bytes():
    pyarrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows = [{**row, "published_at": datetime(2024, 5, 8, 10, tzinfo=UTC)} for row in ROWS]
    sink = io.BytesIO()
    parquet.write_table(pyarrow.Table.from_pylist(rows), sink)
    return sink.getvalue()


TABULAR = {
    "JSON lines": lines,
    "JSON array": lambda: json.dumps(ROWS).encode(),
    "JSON array, indented": lambda: json.dumps(ROWS, indent=2).encode(),
    "an API's answer": lambda: json.dumps({"status": "ok", "articles": ROWS}).encode(),
    "an API's answer, indented": lambda: json.dumps({"articles": ROWS}, indent=1).encode(),
    "CSV": lambda: csv_bytes(","),
    "CSV with semicolons and a mark": lambda: b"\xef\xbb\xbf" + csv_bytes(";"),
    "CSV with a note to Excel": lambda: b"sep=;\r\n" + csv_bytes(";"),
    "JSON array, one object a line": lambda: json.dumps(ROWS).replace("}, {", "},\n{").encode(),
    "JSON lines in UTF-16": lambda: lines().decode().encode("utf-16"),
    "CSV in UTF-16, big end first": lambda: ("\ufeff" + csv_bytes(";").decode()).encode(
        "utf-16-be"
    ),
    "JSON in UTF-32": lambda: json.dumps(ROWS, indent=2).encode("utf-32"),
    "TSV": lambda: csv_bytes("\t"),
    "Parquet": parquet_bytes,
}

PACKED = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "gzip twice": lambda data: gzip.compress(gzip.compress(data)),
}


def in_zip(data, *names):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("folder/a",):
            archive.writestr(name, data)
    return sink.getvalue()


def in_tar(data, *names, mode="w"):
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode=mode) as archive:
        for name in names or ("folder/a",):
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return sink.getvalue()


@pytest.mark.parametrize("form", TABULAR)
@pytest.mark.parametrize("packed", PACKED)
def test_the_same_articles_in_every_form(form, packed, tmp_path):
    data = PACKED[packed](TABULAR[form]())
    assert articles(data) == [expected(row) for row in ROWS]
    assert articles(data, tmp_path=tmp_path) == [expected(row) for row in ROWS]


@pytest.mark.parametrize("pack", [in_zip, in_tar, lambda data: in_tar(data, mode="w:gz")])
def test_archives_are_read_and_members_named(pack, tmp_path):
    assert articles(pack(lines()), tmp_path=tmp_path) == [expected(row) for row in ROWS]
    (reject,) = articles(pack(b'{"a": 1}\n'), tmp_path=tmp_path)
    assert reject.file.endswith("input!folder/a")


def test_a_pipe_cannot_seek_and_is_read_all_the_same():
    class Pipe(io.RawIOBase):
        def __init__(self, data):
            self.inner = io.BytesIO(data)

        def readable(self):
            return True

        def readinto(self, buffer):
            return self.inner.readinto(buffer)

    for data in (in_zip(lines()), parquet_bytes()):
        found = list(read(["-"], stdin=io.BufferedReader(Pipe(data)), fetched=FETCHED))
        assert found == [expected(row) for row in ROWS]


def test_a_csv_field_may_hold_lines_and_a_bad_row_goes_alone():
    data = b'title,text\r\nOne,"Two\nlines."\r\nBad,\xff\xfe\r\nThree,"The ""last"" one."\r\n'
    one, bad, three = articles(data)
    assert one.body == "Two\nlines."
    assert (bad.line, bad.field) == (4, "text")
    assert "not UTF-8" in bad.reason
    assert three.body == 'The "last" one.'


def test_an_array_is_read_whole_whatever_its_name(tmp_path):
    data = json.dumps(ROWS).replace("}, {", "},\n{").encode()
    assert articles(data, name="x.jsonl", tmp_path=tmp_path) == [expected(row) for row in ROWS]
    found = articles(b"[1, 2]\n" + lines(), name="x.jsonl", tmp_path=tmp_path)
    assert [isinstance(one, Reject) for one in found] == [True, False, False]


def test_lines_are_counted_after_a_note_to_excel():
    _, bad = articles(b"sep=;\r\ntitle;text\r\nOne;Two.\r\nBad;\xff\r\n")
    assert (bad.line, bad.field) == (4, "text")


def test_utf_16_may_be_cut_anywhere_and_hold_any_character():
    text = json.dumps({"id": "a", "text": "🌉 " * 40_000}, ensure_ascii=False)
    (found,) = articles(text.encode("utf-16"))
    assert found.body.count("🌉") == 40_000
    (cut,) = articles(text.encode("utf-16")[:-1])
    assert isinstance(cut, Reject)


def test_a_csv_without_known_names_says_what_it_found(tmp_path):
    (reject,) = articles(b"a,b\n1,2\n", name="x.csv", tmp_path=tmp_path)
    assert "'a', 'b'" in reject.reason


MBOX = b"""From a@echo.example Wed May  8 10:00:00 2024
From: The Echo <news@echo.example>
Subject: =?utf-8?q?Bridge_closes_=E2=80=93_ferry_sinks?=
Date: Wed, 08 May 2024 12:00:00 +0200
Message-ID: <1@echo.example>
Content-Type: text/plain; charset=utf-8

The bridge over the river closes on Monday. It will be repaired.

>From Monday on there is a ferry.

From b@echo.example Wed May  8 11:00:00 2024
From: news@echo.example
Subject: Second
Date: nonsense
Message-ID: <2@echo.example>
MIME-Version: 1.0
Content-Type: multipart/alternative; boundary=x

--x
Content-Type: text/plain

See the web page.
--x
Content-Type: text/html; charset=iso-8859-1

<html><body><p>The caf\xe9 is open.</p></body></html>
--x--
"""


def test_mails():
    first, second = articles(MBOX)
    assert first.id == "1@echo.example"
    assert first.title == "Bridge closes – ferry sinks"
    assert first.source == "The Echo"
    assert first.published == datetime(2024, 5, 8, 10, tzinfo=UTC)
    assert first.body.endswith("From Monday on there is a ferry.")
    assert (second.body, second.source) == ("The café is open.", "news@echo.example")
    assert second.published is None


def test_one_mail_without_an_mbox():
    first = articles(MBOX.split(b"\n", 1)[1].split(b"\n\nFrom b@")[0])[0]
    assert first.title == "Bridge closes – ferry sinks"


def test_a_query_is_read_and_the_database_not_changed(tmp_path):
    path = tmp_path / "news.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE news (kop, tekst, at)")
        connection.executemany(
            "INSERT INTO news VALUES (?, ?, ?)", [("A", "The text.", 1715162400), ("B", None, "x")]
        )
    query = "SELECT kop AS title, tekst AS text, at AS published FROM news"
    first, second = read_query(path, query, fetched=FETCHED)
    assert isinstance(first, Article)
    assert isinstance(second, Reject)
    assert (first.title, first.body) == ("A", "The text.")
    assert first.published == datetime(2024, 5, 8, 10, tzinfo=UTC)
    assert (second.line, second.field) == (2, "published")
    mapped, _ = read_query(path, "SELECT * FROM news", fetched=FETCHED, renamed={"body": "tekst"})
    assert isinstance(mapped, Article)
    assert mapped.body == "The text."
    for wrong in ("DELETE FROM news", "SELECT nothing"):
        with pytest.raises(InputError):
            list(read_query(path, wrong, fetched=FETCHED))
    with pytest.raises(InputError):
        list(read_query(tmp_path / "none.db", query, fetched=FETCHED))
    pytest.importorskip("sqlalchemy")
    assert next(read_query(f"sqlite:///{path}", query, fetched=FETCHED)) == first
    with pytest.raises(InputError):
        list(read_query("sqlite:////nowhere/x.db", query, fetched=FETCHED))


def test_a_reject_shows_no_password(tmp_path):
    pytest.importorskip("sqlalchemy")
    with pytest.raises(InputError) as caught:
        list(read_query("nosuch://user:secret@host/db", "SELECT 1", fetched=FETCHED))
    assert "secret" not in str(caught.value)


def test_content_goes_before_the_ending(tmp_path):
    for name in ("x.txt", "x.html", "x.dat", "x"):
        assert articles(lines(), name=name, tmp_path=tmp_path) == [expected(row) for row in ROWS]


def test_a_broken_first_line_does_not_lose_the_others(tmp_path):
    data = b"garbage\n" + lines()
    reject, *rest = articles(data, name="x.jsonl", tmp_path=tmp_path)
    assert isinstance(reject, Reject)
    assert rest == [expected(row) for row in ROWS]
    data = b'{"text": "cut off\n' + lines()
    reject, *rest = articles(data)
    assert isinstance(reject, Reject)
    assert rest == [expected(row) for row in ROWS]


def test_every_row_of_the_table_can_be_reached():
    samples = {
        "Parquet": b"PAR1....",
        "WARC": b"WARC/1.0\r\n",
        "PDF": b"%PDF-1.7\n",
        "another format": b"{\\rtf1 ",
        "saved page with pictures": b"From: <Saved by Blink>\nContent-Type: multipart/related\n\n",
        "sitemap": b'<?xml version="1.0"?><urlset>',
        "JSON": b"[\n",
        "JSON lines": b'{"a": 1}\n{',
        "feed": b'<?xml version="1.0"?><rss>',
        "page": b"<!DOCTYPE html><html>",
        "mail": b"From: a\nTo: b\nSubject: c\n\n",
        "table": b"title,text\n",
        "plain text": b"Some words",
    }
    assert set(samples) == {entry.name for entry in READERS}
    for name, head in samples.items():
        found = reader_for(io.BufferedReader(io.BytesIO(head)), "x")
        assert found in [entry.read for entry in READERS if entry.name == name]
