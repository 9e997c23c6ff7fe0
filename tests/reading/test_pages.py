"""Pages: text, headline, date, language, source, address and author, in the documented order."""

import gzip
import io
import json
import runpy
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.domain import Article, EmptyInput, Reject
from engine.errors import MissingExtraError
from engine.reading import read
from engine.reading.pages.headlines import choose_headline
from engine.reading.pages.metadata import find_article
from engine.reading.pages.page import decode, read_page
from tests.reading.cases import reading

pytest.importorskip("trafilatura")

URL = "https://www.echo.example/news/2024/05/08/bridge"

PARAGRAPHS = (
    "The bridge over the river closes on Monday for repairs, the town council said on Wednesday.",
    "Drivers will have to take the ferry for at least a month, which costs two euros a car.",
    "Engineers found cracks in two of the piers in March, and the winter made them wider.",
)


def page(*, head="", before="", after="", lang="en"):
    text = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>Bridge closes | The Echo</title>{head}</head><body>"
        "<nav><ul><li><a href='/'>Home</a></li><li><a href='/sport'>Sport</a></li></ul></nav>"
        f"<article><h1>Bridge closes</h1>{before}{text}{after}</article>"
        "<footer><p>Contact us, or write to the editors of this newspaper.</p></footer>"
        "</body></html>"
    ).encode()


def ld(**fields):
    item = {"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Bridge closes"}
    return f'<script type="application/ld+json">{json.dumps(item | fields)}</script>'


def meta(name, content, key="property"):
    return f'<meta {key}="{name}" content="{content}">'


def found_in(html, **options):
    found = read_page(html, **options)
    assert found is not None
    return found


def test_the_text_is_the_articles_and_nothing_else():
    found = found_in(page(), url=URL)
    assert found.text.split("\n")[-3:] == list(PARAGRAPHS)
    assert "Sport" not in found.text
    assert "Contact" not in found.text
    assert found.title == "Bridge closes"


def test_a_page_becomes_an_article(tmp_path):
    head = ld(datePublished="2024-05-08T10:00:00+02:00", author=[{"name": "A. Person"}])
    head += meta("og:site_name", "The Echo") + f'<link rel="canonical" href="{URL}">'
    (tmp_path / "page").write_bytes(gzip.compress(page(head=head)))
    (article,) = reading([tmp_path])
    assert article.title == "Bridge closes"
    assert article.published == datetime(2024, 5, 8, 8, tzinfo=UTC)
    assert (article.language, article.source, article.url) == ("en", "The Echo", URL)
    assert article.id.startswith("url-")
    assert all(paragraph in article.body for paragraph in PARAGRAPHS)


@pytest.mark.parametrize(
    ("head", "before", "published"),
    [
        (
            ld(datePublished="2024-05-08T10:00:00Z")
            + meta("article:published_time", "2024-05-07T10:00:00Z"),
            '<time datetime="2024-05-06T10:00:00Z"></time>',
            datetime(2024, 5, 8, 10, tzinfo=UTC),
        ),
        (
            meta("article:published_time", "2024-05-07T10:00:00Z"),
            '<time datetime="2024-05-06T10:00:00Z"></time>',
            datetime(2024, 5, 7, 10, tzinfo=UTC),
        ),
        (meta("date", "2024-05-07", "name"), "", datetime(2024, 5, 7, tzinfo=UTC)),
        ("", '<time datetime="2024-05-06T10:00:00Z"></time>', datetime(2024, 5, 6, 10, tzinfo=UTC)),
        ("", "", datetime(2024, 5, 8, tzinfo=UTC)),
        (
            ld(datePublished="2024-05-08T12:00:00")
            + meta("article:published_time", "2024-05-08T12:00:00+02:00"),
            "",
            datetime(2024, 5, 8, 10, tzinfo=UTC),
        ),
        (
            ld(datePublished="soon") + meta("date", "5 minutes ago", "name"),
            '<time datetime="2024-05-06T10:00:00Z"></time>',
            datetime(2024, 5, 6, 10, tzinfo=UTC),
        ),
    ],
    ids=["JSON-LD", "OpenGraph", "meta", "time", "address", "with a zone", "unusable ones"],
)
def test_the_date_comes_from_the_most_trusted_place(head, before, published):
    assert found_in(page(head=head, before=before), url=URL).published == published


def test_a_date_in_the_text_is_the_last_resort():
    found = found_in(page(before="<p>Published on 8 May 2024</p>"), url="https://echo.example/x")
    assert found.published == datetime(2024, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stated", "headline"),
    [
        ({"json-ld": "A", "opengraph": "B", "heading": "C"}, "A"),
        ({"opengraph": "B", "heading": "C"}, "B"),
        ({"title": "D"}, "D"),
        ({"opengraph": "Bridge closes | The Echo", "heading": "Other"}, "Bridge closes"),
        ({"opengraph": "Bridge closes - The Echo News", "title": "x"}, "Bridge closes"),
        (
            {"opengraph": "Bridge closes - Sport - The Echo", "heading": "Bridge closes"},
            "Bridge closes",
        ),
        (
            {"opengraph": "Feyenoord - Ajax: all you must know"},
            "Feyenoord - Ajax: all you must know",
        ),
        ({"opengraph": "The Echo: how a paper changed"}, "The Echo: how a paper changed"),
        ({"title": "echo.example"}, "echo.example"),
        ({}, ""),
    ],
)
def test_headlines(stated, headline):
    names = ("The Echo",)
    assert choose_headline(stated, host="echo.example", site_names=names) == headline


def test_a_known_site_has_its_own_place():
    stated = {"json-ld": "For search engines", "opengraph": "For readers"}
    for host in ("telegraph.co.uk", "sport.telegraph.co.uk"):
        assert choose_headline(stated, host=host, site_names=()) == "For readers"
    assert choose_headline(stated, host="nottelegraph.co.uk", site_names=()) == "For search engines"


def test_of_several_articles_the_pages_own_is_taken():
    other = {"@type": "NewsArticle", "headline": "Other", "url": "https://echo.example/other"}
    own = {
        "@type": ["Thing", "ReportageNewsArticle"],
        "headline": "Own",
        "mainEntityOfPage": {"@id": URL},
    }
    blocks = ["{broken", json.dumps({"@graph": [other, {"x": [own]}]})]
    assert find_article(blocks, urls=[URL])["headline"] == "Own"
    assert find_article(blocks, urls=["https://echo.example/none"])["headline"] == "Other"
    assert find_article(["[1, null, {}]"], urls=[]) == {}


def test_text_that_stands_only_in_the_pages_data_is_used():
    body = " ".join(PARAGRAPHS * 2)
    html = f"<html><head>{ld(articleBody=body)}</head><body><div id='app'></div></body></html>"
    assert found_in(html.encode()).text == body


def test_a_page_that_needs_scripts_gives_its_description():
    head = meta("og:description", "The bridge closes on Monday.") + meta(
        "og:title", "Bridge closes"
    )
    found = found_in(f"<html><head>{head}</head><body><div id='app'></div></body></html>".encode())
    assert (found.title, found.text) == ("Bridge closes", "The bridge closes on Monday.")


def test_a_clear_text_goes_before_the_language_of_the_template():
    (article,) = reading(["-"], stdin=io.BytesIO(page(lang="nl")))
    assert article.language == "en"


def test_a_browser_notes_where_a_page_was_saved_from():
    note = f"<!-- saved from url=({len(URL):04}){URL} -->".encode()
    found = found_in(page().replace(b"<html", note + b"<html", 1))
    assert found.url == URL
    assert found.published == datetime(2024, 5, 8, tzinfo=UTC)


def test_pages_without_text_are_rejected():
    for html in (b"<html></html>", b"<html><head><title>Only a title</title></head></html>"):
        (result,) = reading(["-"], stdin=io.BytesIO(html))
        assert isinstance(result, Reject)
        assert "no text" in result.reason or "no article text" in result.reason


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("<p>café".encode(), "<p>café"),
        (b"\xef\xbb\xbf" + "<p>café".encode(), "<p>café"),
        ("<p>café".encode("utf-16"), "<p>café"),
        (
            '<meta charset="iso-8859-1"><p>café'.encode("latin-1"),
            '<meta charset="iso-8859-1"><p>café',
        ),
        (
            "<meta charset=windows-1251><p>мост".encode("cp1251"),
            "<meta charset=windows-1251><p>мост",
        ),
        ("<meta charset='shift_jis'><p>橋".encode("shift_jis"), "<meta charset='shift_jis'><p>橋"),
        ("<meta charset='gb2312'><p>大桥".encode("gb2312"), "<meta charset='gb2312'><p>大桥"),
        ("<meta charset='none-such'><p>café".encode(), "<meta charset='none-such'><p>café"),
    ],
)
def test_encodings(data, text):
    assert decode(data) == text


def test_a_wrong_declaration_does_not_lose_the_page():
    sentence = "Мост через реку закроют на ремонт с понедельника, сообщил городской совет. " * 5
    data = f"<meta charset='utf-8'><p>{sentence}".encode("cp1251")
    assert "Мост через реку" in decode(data)
    assert decode(b"<p>caf\xe9", encoding="latin-1") == "<p>café"


def warc(*records):
    data = b""
    for kind, mime, url, block in records:
        data += (
            (
                f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Target-URI: {url}\r\n"
                f"WARC-Date: 2024-05-08T10:00:00Z\r\nWARC-Record-ID: <urn:uuid:{len(data)}>\r\n"
                f"Content-Type: {mime}\r\nContent-Length: {len(block)}\r\n\r\n"
            ).encode()
            + block
            + b"\r\n\r\n"
        )
    return data


def http(body, *, status="200 OK", mime="text/html; charset=utf-8"):
    return f"HTTP/1.1 {status}\r\nContent-Type: {mime}\r\n\r\n".encode() + body


def test_a_web_archive_gives_its_pages():
    pytest.importorskip("warcio")
    response, text = "application/http; msgtype=response", "text/plain"
    data = warc(
        ("request", "application/http; msgtype=request", URL, b"GET / HTTP/1.1\r\n\r\n"),
        ("response", response, URL, http(page())),
        ("response", response, f"{URL}.png", http(b"\x89PNG", mime="image/png")),
        ("response", response, f"{URL}-gone", http(page(), status="404 Not Found")),
        ("conversion", text, f"{URL}-text", "\n".join(("Ferry sinks", *PARAGRAPHS)).encode()),
    )
    for packed in (data, gzip.compress(data)):
        results = list(reading(["-"], stdin=io.BytesIO(packed)))
        assert [result.title for result in results] == ["Bridge closes", "Ferry sinks"]
        assert results[0].url == URL
        assert results[0].published == datetime(2024, 5, 8, tzinfo=UTC)
    (reject,) = reading(["-"], stdin=io.BytesIO(warc(("metadata", text, URL, b"x"))))
    assert isinstance(reject, EmptyInput)


def test_missing_packages_say_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "trafilatura", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'news-story-engine\[html\]'"):
        read_page(page())
    (reject,) = reading(["-"], stdin=io.BytesIO(page()))
    assert "pip install" in reject.reason


@pytest.mark.data
@pytest.mark.slow
def test_real_pages_of_forty_countries(data_folder):
    script = Path(__file__).resolve().parents[2] / "scripts" / "evaluate_pages.py"
    scores = runpy.run_path(str(script))["evaluate_pages"](data_folder / "pages")
    assert len(scores) == 258
    assert sum(score.known_title for score in scores) >= 0.95 * len(scores)
    assert sum(score.f1 for score in scores) >= 0.95 * len(scores)
    assert sum(score.day or not score.dated for score in scores) >= 0.98 * len(scores)


@pytest.mark.data
def test_some_real_pages(data_folder):
    paths = sorted((data_folder / "pages").glob("*/*.html.gz"))[::26]
    results = list(read(paths, fetched=datetime.now(UTC)))
    assert len(results) == len(paths)
    assert sum(isinstance(result, Article) for result in results) >= len(paths) - 1
    assert all(result.published for result in results if isinstance(result, Article))
