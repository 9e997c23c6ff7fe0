"""Small valid inputs of every format that is read, and what spoils them."""

import bz2
import gzip
import io
import json
import lzma
import random
import tarfile
import zipfile

LINES = b'{"id": 1, "title": "Bridge", "text": "It closes.", "date": "2024-05-08"}\n' * 3
PAGE = (
    b'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>B | E</title>'
    b'<script type="application/ld+json">{"@type":"NewsArticle","headline":"B",'
    b'"datePublished":"2024-05-08T10:00:00Z"}</script></head><body><article><h1>B</h1><p>'
    + b"The bridge over the river closes on Monday for repairs, the council said. " * 6
    + b"</p></article></body></html>"
)


def _tar() -> bytes:
    sink = io.BytesIO()
    with tarfile.open(fileobj=sink, mode="w:gz") as packed:
        for name, data in (("a.jsonl", LINES), ("b/page.html", PAGE)):
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            packed.addfile(entry, io.BytesIO(data))
    return sink.getvalue()


def _zip() -> bytes:
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.jsonl", LINES)
        packed.writestr("b/page.html", PAGE)
    return sink.getvalue()


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = io.BytesIO()
    rows = [{"id": str(number), "title": "Bridge", "text": "It closes."} for number in range(9)]
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue()


SEEDS = {
    "JSON lines": LINES,
    "JSON": b'[{"title": "Bridge",\n "text": ["It closes.", "It does."],\n "site": {"name": "E"}}]',
    "CSV": b'title,text,date\n"Bridge","It\ncloses.",2024-05-08\nFerry,"It ""sinks"".",x\n',
    "TSV": b"title\ttext\tlanguage\nBridge\tIt closes.\ten\nFerry\tIt sinks.\tnl\n",
    "RSS": b'<?xml version="1.0"?><rss><channel><title>E</title><item><title>B</title>'
    b"<link>https://e.example/1</link><description>&lt;p&gt;It closes.</description>"
    b"<pubDate>Wed, 08 May 2024 10:00:00 GMT</pubDate></item></channel></rss>",
    "Atom": b'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>E</title><entry>'
    b'<title>B</title><link href="https://e.example/1"/><updated>2024-05-08T10:00:00Z</updated>'
    b'<content type="html">&lt;p&gt;It closes.&lt;/p&gt;</content></entry></feed>',
    "sitemap": b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    b' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"><url><loc>https://e.example/1'
    b"</loc><news:news><news:publication><news:name>E</news:name><news:language>en"
    b"</news:language></news:publication><news:publication_date>2024-05-08"
    b"</news:publication_date><news:title>Bridge closes</news:title></news:news></url></urlset>",
    "page": PAGE,
    "page in UTF-16": PAGE.decode().encode("utf-16"),
    "saved page": b"From: <Saved by Blink>\r\nSnapshot-Content-Location: https://e.example/1\r\n"
    b'Subject: B\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; boundary="x"\r\n\r\n'
    b"--x\r\nContent-Type: text/html\r\nContent-Location: https://e.example/1\r\n\r\n"
    + PAGE
    + b"\r\n--x--\r\n",
    "mail": b"From a@b Wed May  8 10:00:00 2024\nFrom: A <a@b.example>\nSubject: =?utf-8?q?B?=\n"
    b"Date: Wed, 08 May 2024 10:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n\nHi.\n",
    "WARC": b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://e.example/1\r\n"
    b"Content-Type: application/http\r\nContent-Length: 77\r\n\r\nHTTP/1.1 200 OK\r\n"
    b"Content-Type: text/html\r\n\r\n<html><body><p>It closes.</p></html>\r\n\r\n",
    "text": b"Bridge closes\n\nAMSTERDAM (ANP) - The bridge closes. Lees ook: x\n(c) AFP\n",
    "Parquet": _parquet(),
    "gzip": gzip.compress(LINES),
    "bzip2": bz2.compress(LINES),
    "xz": lzma.compress(LINES),
    "tar": _tar(),
    "zip": _zip(),
    "labels": json.dumps({"a": "f1", "b": "f2", "same_event": True}).encode() + b"\n",
}
"""What a format is called: the smallest input of it with an article in it."""


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return `data` with some bytes changed, cut, doubled or moved."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(changed) + 1)
        end = min(len(changed), at + chance.choice((1, 2, 8, 100, 1000)))
        kind = chance.randrange(6)
        if kind == 0:
            del changed[at:end]
        elif kind == 1:
            changed[at:at] = chance.randbytes(chance.choice((1, 4, 30)))
        elif kind == 2:
            changed[at:at] = changed[at:end] * chance.choice((1, 5))
        elif kind == 3 and at < len(changed):
            changed[at] ^= 1 << chance.randrange(8)
        elif kind == 4:
            changed[at:end] = bytes(reversed(changed[at:end]))
        else:
            token = chance.choice(
                (b"<", b">", b'"', b"&", b"\0", b"\n", b"{", b"]", b"<!--", b"\xff")
            )
            changed[at:at] = token
    return bytes(changed[: 1 << 20])
