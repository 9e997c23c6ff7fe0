"""What is no article is named for what it is; wide encodings and saved pages are read."""

import io
import zipfile

import pytest

from engine.domain import Reject
from engine.reading.wide import wide_encoding
from tests.reading.cases import articles

PROSE = (
    "The bridge over the river closes on Monday for repairs, the town council said on Friday.",
    "Drivers will have to take the ferry for at least a month, which costs two euros a car.",
)


SITEMAP = b'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"{\\rtf1\\ansi The bridge closes.}", "an RTF document"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Office document"),
        (b"\x89PNG\r\n\x1a\n" + bytes(600), "a picture"),
        (b"SQLite format 3\0" + bytes(600), "--query"),
        (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "a list of feeds (OPML)"),
        (b"\0\1\2\3" * 200, "binary data"),
        (SITEMAP + b"<url><loc>https://echo.example/1</loc></url></urlset>", "is a sitemap"),
        (b"<sitemapindex><sitemap/></sitemapindex>", "is a sitemap"),
        (b"https://echo.example/1\n\nhttps://echo.example/2\n", "a list of addresses"),
    ],
    ids=range(9),
)
def test_what_is_no_article_says_so(data, what):
    (reject,) = articles(data)
    assert isinstance(reject, Reject)
    assert what in reject.reason


@pytest.mark.parametrize(
    ("names", "what"),
    [
        (("mimetype", "META-INF/container.xml", "OEBPS/page.xhtml"), "an EPUB book"),
        (("[Content_Types].xml", "word/document.xml"), "an Office document"),
        (("mimetype", "content.xml"), "an OpenDocument file"),
    ],
)
def test_a_document_in_a_package_is_one_reject(names, what):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name in names:
            archive.writestr(name, "<p>x</p>")
    (reject,) = articles(sink.getvalue())
    assert what in reject.reason


def test_a_news_sitemap_gives_its_headlines():
    pytest.importorskip("lxml")
    news = (
        b"<url><loc>https://echo.example/1</loc><n:news><n:publication><n:name>The Echo</n:name>"
        b"<n:language>en</n:language></n:publication><n:publication_date>2024-05-08T10:00:00Z"
        b"</n:publication_date><n:title>Bridge closes on Monday</n:title></n:news></url>"
    )
    start = SITEMAP[:-1] + b' xmlns:n="http://www.google.com/schemas/sitemap-news/0.9">'
    other = b"<url><loc>https://echo.example/about</loc></url>"
    (article,) = articles(start + other + news + b"</urlset>")
    assert article.title == "Bridge closes on Monday"
    assert (article.url, article.source) == ("https://echo.example/1", "The Echo")
    assert f"{article.published:%Y-%m-%d %H}" == "2024-05-08 10"


def test_a_sitemap_expands_no_entities():
    pytest.importorskip("lxml")
    bomb = (
        b'<!DOCTYPE x [<!ENTITY a "evil"><!ENTITY b SYSTEM "file:///etc/hostname">]><urlset><url>'
    )
    (reject,) = articles(bomb + b"<title>&a;&b;</title></url></urlset>")
    assert "is a sitemap" in reject.reason


def test_a_page_that_a_browser_saved_with_its_pictures():
    pytest.importorskip("trafilatura")
    html = (
        f"<html><head><title>Bridge closes</title></head><body><p>{PROSE[0]}</p><p>{PROSE[1]}</p>"
    )
    url = "https://echo.example/2024/05/08/bridge"
    data = (
        f"From: <Saved by Blink>\r\nSnapshot-Content-Location: {url}\r\nSubject: Bridge\r\n"
        "Date: Thu, 9 May 2024 10:00:00 -0000\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="b"\r\n\r\n'
        f"--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n{html}\r\n"
        "--b\r\nContent-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\naGk=\r\n"
        "--b--\r\n"
    ).encode()
    (article,) = articles(data)
    assert (article.title, article.url) == ("Bridge closes", url)
    assert f"{article.published:%Y-%m-%d}" == "2024-05-08"
    assert PROSE[1] in article.body
    (reject,) = articles(data.replace(b"text/html; charset", b"text/none; charset"))
    assert "holds no HTML" in reject.reason


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize(
    "text", [*PROSE, "Мост через реку закроют в понедельник.\nСообщил городской совет, власти."]
)
def test_wide_text_without_a_mark(encoding, text):
    assert wide_encoding(text.encode(encoding)) == encoding
    (article,) = articles(f"Bridge closes\n\n{text}".encode(encoding))
    assert article.body.split("\n")[-1] in text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32", "utf-16"])
def test_wide_pages(encoding):
    pytest.importorskip("trafilatura")
    html = f"<!DOCTYPE html><html><title>Bridge closes</title><p>{PROSE[0]}</p><p>{PROSE[1]}</p>"
    (article,) = articles(html.encode(encoding))
    assert PROSE[1] in article.body


@pytest.mark.parametrize("data", [b"", b"plain text", bytes(64), bytes(range(256)), b"a\0" * 3])
def test_what_is_no_wide_text(data):
    assert wide_encoding(data) == ""


def test_a_feed_that_is_cut_off_says_so():
    pytest.importorskip("feedparser")
    item = "<item><title>Bridge {n}</title><link>https://echo.example/{n}</link></item>"
    whole = "<rss version='2.0'><channel><title>Echo</title>" + "".join(
        item.format(n=n) for n in range(3)
    )
    assert all(not isinstance(one, Reject) for one in articles(f"{whole}</channel></rss>".encode()))
    *found, reject = articles(f"{whole}<item><title>Ferry sin".encode())
    assert len(found) >= 3
    assert "cut off" in reject.reason
