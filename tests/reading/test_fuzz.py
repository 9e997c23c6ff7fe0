"""Mutated and random input: articles or rejects come out, never an error, never a hang."""

import gzip
import io
import json
import random
import time
import warnings
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Article, Reject
from engine.reading import clean, detect, read
from tests.reading.markup import PAGES, mangled

FETCHED = datetime(2030, 1, 1, tzinfo=UTC)
LONGEST_SECONDS = 20.0
"""Processor time for one input; an honest page takes hundredths."""

SEEDS = {
    "JSON lines": b'{"id": 1, "title": "Bridge", "text": "It closes.", "date": "2024-05-08"}\n' * 3,
    "JSON": b'[{"title": "Bridge",\n "text": ["It closes.", "It does."],\n "site": {"name": "E"}}]',
    "CSV": b'title,text,date\n"Bridge","It\ncloses.",2024-05-08\nFerry,"It ""sinks"".",x\n',
    "RSS": b'<?xml version="1.0"?><rss><channel><title>E</title><item><title>B</title>'
    b"<link>https://e.example/1</link><description>&lt;p&gt;It closes.</description>"
    b"<pubDate>Wed, 08 May 2024 10:00:00 GMT</pubDate></item></channel></rss>",
    "page": b'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>B | E</title>'
    b'<script type="application/ld+json">{"@type":"NewsArticle","headline":"B",'
    b'"datePublished":"2024-05-08T10:00:00Z"}</script></head><body><article><h1>B</h1><p>'
    + b"The bridge over the river closes on Monday for repairs, the council said. " * 6
    + b"</p></article></body></html>",
    "mail": b"From a@b Wed May  8 10:00:00 2024\nFrom: A <a@b.example>\nSubject: =?utf-8?q?B?=\n"
    b"Date: Wed, 08 May 2024 10:00:00 +0000\nContent-Type: text/plain; charset=utf-8\n\nHi.\n",
    "WARC": b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: https://e.example/1\r\n"
    b"Content-Type: application/http\r\nContent-Length: 77\r\n\r\nHTTP/1.1 200 OK\r\n"
    b"Content-Type: text/html\r\n\r\n<html><body><p>It closes.</p></html>\r\n\r\n",
    "text": b"Bridge closes\n\nAMSTERDAM (ANP) - The bridge closes. Lees ook: x\n(c) AFP\n",
    "gzip": gzip.compress(b'{"text": "It closes."}\n'),
}


def survive(data):
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libraries warn about odd markup; that is not an error
        results = list(read(["-"], stdin=io.BytesIO(data), fetched=FETCHED))
    assert time.process_time() - start < LONGEST_SECONDS
    for result in results:
        assert isinstance(result, (Article, Reject))
        if isinstance(result, Article):
            assert result.title or result.body
            f"{result.title}{result.body}{result.raw}{result.id}{result.url}".encode()


def mutated(data, chance):
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


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.parametrize("n_inputs", [20, pytest.param(1000, marks=pytest.mark.slow)])
def test_mutations_of_every_format(name, n_inputs):
    chance = random.Random(f"{name}{n_inputs}")
    for _ in range(n_inputs):
        survive(mutated(SEEDS[name], chance))


@pytest.mark.parametrize("n_pages", [40, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutations_of_pages(n_pages):
    pytest.importorskip("trafilatura")
    chance = random.Random(n_pages)
    for number in range(n_pages):
        data = mangled(PAGES[number % len(PAGES)], chance)
        survive(mutated(data, chance) if number % 3 == 0 else data)


@pytest.mark.data
@pytest.mark.slow
def test_mutations_of_real_pages(data_folder):
    chance = random.Random(1)
    paths = sorted((data_folder / "pages").glob("*/*.html.gz"))
    pages = [gzip.decompress(path.read_bytes()) for path in paths]
    for number in range(1000):
        page = pages[number % len(pages)]
        survive(mutated(page, chance))
        survive(mangled(page.decode("utf-8", "replace"), chance))


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=2000))
def test_any_bytes(data):
    survive(data)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(sorted(SEEDS)), st.binary(max_size=300))
def test_any_bytes_after_a_good_start(name, tail):
    survive(SEEDS[name][: len(SEEDS[name]) // 2] + tail)


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "text", "lang", "date", "source", "url", "body"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
            max_leaves=6,
        ),
    )
)
def test_any_record(values):
    survive(json.dumps(values).encode() + b"\n")


@settings(deadline=None, max_examples=150)
@given(
    st.text(
        st.sampled_from(
            "Lees ok:©AFP()\n-—.ANPmetvido&<>/'\" 0123年月日电【】新华社\u202e\u0301Ã©â€"
        ),
        max_size=400,
    )
)
def test_text_that_is_nearly_furniture(text):
    clean(text)
    detect(text)
