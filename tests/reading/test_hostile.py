"""Input that means harm: a clear reject, bounded memory and time, and the rest goes on."""

import gzip
import io
import re
import tarfile
import tracemalloc
import zipfile

import pytest

from engine.domain import Article, Reject
from engine.reading.formats.tables import LONGEST_FIELD
from engine.reading.sources.containers import FREE_BYTES, Budget
from tests.reading.cases import articles

GOOD = b'{"id": "good", "text": "A good line."}\n'


class Endless(io.RawIOBase):
    """Gives `n_bytes` of one byte, then a good line, without ever holding them."""

    def __init__(self, n_bytes, byte=b"x", start=b'{"text": "', end=b"\n"):
        super().__init__()
        self.parts = [start, n_bytes, end + GOOD]
        self.byte = byte

    def readable(self):
        return True

    def readinto(self, buffer):
        while self.parts:
            part = self.parts[0]
            if isinstance(part, int):
                size = min(part, len(buffer))
                buffer[:size] = self.byte * size
                self.parts[0] = part - size
                if not self.parts[0]:
                    self.parts.pop(0)
            else:
                size = min(len(part), len(buffer))
                buffer[:size] = part[:size]
                self.parts[0] = part[size:]
                if not self.parts[0]:
                    self.parts.pop(0)
            if size:
                return size
        return 0


@pytest.mark.parametrize(
    "n_bytes", [64 << 20, pytest.param(1 << 30, marks=pytest.mark.slow)], ids=["64 MiB", "1 GiB"]
)
def test_a_line_without_end_costs_little_memory(n_bytes):
    tracemalloc.start()
    reject, article = articles(io.BufferedReader(Endless(n_bytes)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "longer than 16 MiB" in reject.reason
    assert article.id == "good"
    assert peak < 64 << 20


@pytest.mark.parametrize("start", [b'{"a":' * 200_000, b"[" * 200_000, b'{"text": ["' * 200_000])
def test_deep_json(start):
    reject, article = articles(b'{"text": "First."}\n' + start + b"\n" + GOOD)[1:]
    assert isinstance(reject, Reject)
    assert article.id == "good"


def test_deep_json_documents():
    (reject,) = articles(b"[\n" * 200_000)
    assert "deep" in reject.reason or "not JSON" in reject.reason


BLANK = b" " * ((1 << 20) - 1) + b"\n"
"""1 MiB that packs well and is read fast."""

N_BLANK = (FREE_BYTES >> 20) + 8
"""More of it than is unpacked of any input."""


def test_a_gzip_bomb_is_left_early():
    article, reject = articles(gzip.compress(GOOD) + gzip.compress(BLANK) * N_BLANK)
    assert article.id == "good"
    assert re.search(r"200 times its size; left after 25[67] MiB", reject.reason)


def test_a_zip_bomb_spends_one_budget_for_all_its_members():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for number in range(8):
            archive.writestr(f"{number}.jsonl", BLANK * (N_BLANK // 8))
    *_, reject = articles(sink.getvalue())
    assert "200 times its size" in reject.reason


def test_a_nest_of_archives_is_not_followed_down():
    data = GOOD
    for _ in range(6):
        data = gzip.compress(data)
    (reject,) = articles(data)
    assert "packed more than 3 times" in reject.reason


def test_honest_text_is_no_bomb_however_much_it_is():
    lines = b"".join(b'{"id": %d, "text": "The bridge closes."}\n' % n for n in range(3000))
    packed = gzip.compress(lines)
    found = articles(packed)
    assert len(found) == 3000
    assert all(isinstance(result, Article) for result in found)
    Budget(packed=lambda: FREE_BYTES * len(packed)).spend(FREE_BYTES * len(lines))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "a/../../b", "..\\..\\b", "C:\\b"]
)
def test_names_that_leave_the_archive(name):
    zipped, tarred = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr(name, GOOD)
        archive.writestr("good", GOOD)
    with tarfile.open(fileobj=tarred, mode="w") as archive:
        for member in (name, "good"):
            info = tarfile.TarInfo(member)
            info.size = len(GOOD)
            archive.addfile(info, io.BytesIO(GOOD))
    for data in (zipped.getvalue(), tarred.getvalue()):
        reject, article = articles(data)
        assert "outside the archive" in reject.reason
        assert article.id == "good"


def test_links_and_devices_in_a_tar():
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE):
            info = tarfile.TarInfo("x")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)
    assert {result.reason for result in articles(sink.getvalue())} == {
        "is a link or a device, not a file"
    }


def test_damaged_and_encrypted_packages():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("a", GOOD)
    locked = bytearray(sink.getvalue())
    for header in (b"PK\x03\x04", b"PK\x01\x02"):
        locked[locked.index(header) + (6 if header[2] == 3 else 8)] |= 1
    for data in (
        bytes(locked),
        sink.getvalue()[:-30],
        gzip.compress(GOOD)[:-10],
        gzip.compress(GOOD)[:15] + b"\0" * 20,
        b"PK\x03\x04" + b"\0" * 100,
        b"\xfd7zXZ\0" + b"x" * 50,
        b"\0" * 257 + b"ustar" + b"\0" * 250,
    ):
        assert isinstance(articles(data)[-1], Reject), data[:20]


LAUGHS = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY a "ha">'
    + "".join(
        f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">'  # each ten times the one before
        for n in range(12)
    )
    + "]><rss><channel><title>&m;</title><item><title>&m;</title>"
    "<description>&m; words</description></item></channel></rss>"
)

FOREIGN = (
    '<?xml version="1.0"?><!DOCTYPE rss [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
    "<rss><channel><item><title>T &x;</title><description>&x; words</description></item>"
    "</channel></rss>"
)


def test_entity_bombs_and_foreign_entities_in_feeds():
    pytest.importorskip("feedparser")
    for feed in (LAUGHS, FOREIGN):
        (result,) = articles(feed.encode())
        text = result.body + result.title if isinstance(result, Article) else result.reason
        assert len(text) < 1000
        assert "root:" not in text


def test_entity_bombs_in_pages():
    pytest.importorskip("trafilatura")
    page = (
        LAUGHS.replace("<rss><channel>", "<html><body><p>").split("<title>")[0] + "&m; words " * 50
    )
    (result,) = articles(page.encode())
    assert len(getattr(result, "body", "")) < 10_000


@pytest.mark.parametrize(
    ("line", "field"),
    [
        (b'{"text": "a\\u0000b"}', "text"),
        (b'{"title": "\\ud800", "text": "x"}', "title"),
        (b'{"text": "\\udfff x"}', "text"),
        (b'{"text": "caf\xe9"}', ""),
        (b'{"te\0xt": "x"}', ""),
        ('{"text": "x"}'.encode("utf-16"), ""),
    ],
)
def test_characters_that_no_text_has(line, field):
    first, reject, last = articles(GOOD + line + b"\n" + GOOD)[:3]
    assert isinstance(reject, Reject)
    assert reject.field == field
    assert first.id == "good"
    assert isinstance(last, (Article, Reject))


def test_directions_cannot_be_overridden():
    article, _ = articles(
        '{"title": "a\u202ecod.exe", "text": "\u2066x\u2069 y\u200f"}\n'.encode() + GOOD
    )
    assert article.title == "acod.exe"
    assert article.body == "x y"
    assert article.raw == "\u2066x\u2069 y\u200f"


def test_a_quote_that_is_never_closed():
    found = articles(b'title,text\nA,"' + b"x" * 2 * LONGEST_FIELD + b"\nB,y\n")
    assert any("no usable row" in result.reason for result in found if isinstance(result, Reject))


def test_mails_that_are_broken():
    mails = (
        b"From x\nSubject: =?utf-8?b?////?=\nFrom: \xff\xfe\nDate: 99\n\nHello there.\n\n"
        b"From y\nContent-Type: multipart/mixed; boundary=z\nSubject: a\nFrom: b\nTo: c\n\n--z\n\n"
        b"From z\nContent-Type: text/plain; charset=no-such\nContent-Transfer-Encoding: base64\n"
        b"Subject: a\n\n!!!!\n"
    )
    found = articles(b"From a\nFrom: a\nTo: b\nSubject: c\n\nGood mail.\n\n" + mails)
    assert found[0].body == "Good mail."
    assert len(found) == 4


def test_a_parquet_file_that_lies():
    pytest.importorskip("pyarrow")
    (reject,) = articles(b"PAR1" + b"\xff" * 1000 + b"PAR1")
    assert "damaged" in reject.reason


def test_a_warc_that_lies():
    pytest.importorskip("warcio")
    data = (
        b"WARC/1.0\r\nWARC-Type: response\r\nContent-Length: 99999999999\r\n"
        b"WARC-Target-URI: <https://a.example/x>\r\n\r\nHTTP/1.1 200 OK\r\n"
        b"Content-Type: text/html\r\n\r\n<html><body><p>Some words.</p>"
    )
    for broken in (data, data[:60], b"WARC/1.0\r\n\r\n", b"WARC/9.9 nonsense" * 100):
        assert all(isinstance(result, (Article, Reject)) for result in articles(broken))


def test_a_member_without_a_name_ends_nothing():
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("%", GOOD)
        archive.writestr("good", GOOD)
    found = articles(sink.getvalue().replace(b"%", b"\0"))
    assert [result.id for result in found if isinstance(result, Article)][-1:] == ["good"]
