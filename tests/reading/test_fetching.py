"""Fetching from the web: polite, remembered, bounded, and never from a private network."""

import gzip
import http.server
import json
import socket
import threading
import time
from typing import Any

import pytest

from engine.domain import Article, Reject
from engine.errors import InputError
from engine.reading.sources.fetching import Fetcher, is_public
from tests.reading.cases import reading

LINE = b'{"id": "1", "text": "The bridge closes."}\n'


class Site(http.server.ThreadingHTTPServer):
    """Holds the small web, and remembers what was asked for."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.web: dict[str, tuple[int, dict[str, str], Any]] = {}
        self.asked: list[tuple[str, dict[str, str]]] = []


class Handler(http.server.BaseHTTPRequestHandler):
    """A small web: what stands under each path is in `self.server.web`."""

    server: Site

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        status, headers, body = self.server.web.get(self.path, (404, {}, b""))
        if headers.get("ETag") and self.headers.get("If-None-Match") == headers["ETag"]:
            status, body = 304, b""
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key, value)
        self.end_headers()
        if callable(body):
            body(self.wfile)
        else:
            self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def site():
    server = Site()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetcher(**options):
    return Fetcher(**{"allow_private": True, "delay": 0.0, "timeout": 5.0, **options})


def results(url, **options):
    asking = fetcher(**options)
    found = list(reading([url], fetcher=asking))
    asking.save()
    return found


def test_an_address_is_fetched_and_read(site):
    site.web["/a"] = (200, {}, LINE)
    (article,) = results(f"{site.address}/a")
    assert article.body == "The bridge closes."
    paths = [path for path, _ in site.asked]
    assert paths == ["/robots.txt", "/a"]
    assert site.asked[1][1]["User-Agent"] == "news-story-engine"


def test_without_a_fetcher_nothing_is_fetched(site):
    (reject,) = reading([f"{site.address}/a"])
    assert "not asked for" in reject.reason
    assert site.asked == []


def test_what_has_not_changed_is_not_read_again(site, tmp_path):
    site.web["/a"] = (200, {"ETag": '"1"', "Last-Modified": "x"}, LINE)
    memory = tmp_path / "memory.json"
    assert len(results(f"{site.address}/a", memory=memory)) == 1
    assert results(f"{site.address}/a", memory=memory) == []
    assert site.asked[-1][1]["If-Modified-Since"] == "x"
    site.web["/a"] = (200, {"ETag": '"2"'}, LINE)
    assert len(results(f"{site.address}/a", memory=memory)) == 1


def test_an_answer_is_remembered_only_when_it_was_read_to_its_end(site, tmp_path):
    site.web["/a"] = (200, {"ETag": '"1"'}, LINE * 3)
    memory = tmp_path / "memory.json"
    asking = fetcher(memory=memory)
    articles = reading([f"{site.address}/a"], fetcher=asking)
    next(articles)
    articles.close()
    asking.save()
    assert not memory.exists()


def test_a_damaged_memory_is_as_good_as_none(site, tmp_path):
    memory = tmp_path / "memory.json"
    memory.write_text("{")
    site.web["/a"] = (200, {}, LINE)
    (article,) = results(f"{site.address}/a", memory=memory)
    assert isinstance(article, Article)


def test_redirects_are_followed_and_counted(site):
    site.web["/a"] = (301, {"Location": "/b"}, b"")
    site.web["/b"] = (200, {}, LINE)
    site.web["/loop"] = (302, {"Location": "/loop"}, b"")
    assert isinstance(results(f"{site.address}/a")[0], Article)
    (reject,) = results(f"{site.address}/loop")
    assert "redirected more than 5 times" in reject.reason


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://x/y", "gopher://x", "https://"])
def test_a_redirect_to_no_web_address_is_refused(site, target):
    site.web["/a"] = (302, {"Location": target}, b"")
    (reject,) = results(f"{site.address}/a")
    assert "no web address" in reject.reason


def test_robots_are_obeyed(site):
    site.web["/robots.txt"] = (200, {}, b"User-agent: *\nDisallow: /private\n")
    site.web["/private"] = site.web["/open"] = (200, {}, LINE)
    (reject,) = results(f"{site.address}/private")
    assert "robots.txt forbids" in reject.reason
    assert isinstance(results(f"{site.address}/open")[0], Article)
    site.web["/robots.txt"] = (500, {}, b"")
    (reject,) = results(f"{site.address}/open")
    assert "robots.txt forbids" in reject.reason


def test_requests_to_one_host_are_spaced(site):
    site.web["/a"] = (200, {}, LINE)
    start = time.monotonic()
    results(f"{site.address}/a", delay=0.2)
    assert time.monotonic() - start >= 0.2


def test_a_crawl_delay_is_obeyed(site):
    site.web["/robots.txt"] = (200, {}, b"User-agent: *\nCrawl-delay: 1\n")
    site.web["/a"] = (200, {}, LINE)
    start = time.monotonic()
    results(f"{site.address}/a")
    assert time.monotonic() - start >= 0.9


def test_packed_answers_are_unpacked_within_the_limit(site):
    site.web["/a"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(LINE))
    site.web["/bomb"] = (200, {"Content-Encoding": "gzip"}, gzip.compress(b"\0" * (8 << 20)))
    site.web["/broken"] = (200, {"Content-Encoding": "gzip"}, b"nonsense")
    assert isinstance(results(f"{site.address}/a")[0], Article)
    assert "larger than 1 MiB" in results(f"{site.address}/bomb", largest=1 << 20)[0].reason
    assert "cannot be reached" in results(f"{site.address}/broken")[0].reason


def test_large_and_slow_answers_are_left(site):
    def drip(out):
        for _ in range(50):
            out.write(b" ")
            out.flush()
            time.sleep(0.05)

    site.web["/large"] = (200, {}, LINE * 100_000)
    site.web["/slow"] = (200, {}, drip)
    assert "larger than 1 MiB" in results(f"{site.address}/large", largest=1 << 20)[0].reason
    start = time.monotonic()
    assert "takes too long" in results(f"{site.address}/slow", longest=0.2)[0].reason
    assert time.monotonic() - start < 2


@pytest.mark.parametrize("status", [204, 401, 404, 418, 500, 503])
def test_other_answers_are_rejects(site, status):
    site.web["/a"] = (status, {}, b"")
    (reject,) = results(f"{site.address}/a")
    assert str(status) in reject.reason


def test_a_redirect_into_the_private_network_is_refused(site, monkeypatch):
    outer = "93.184.216.34"

    real = socket.getaddrinfo

    def resolve(host, port, *args, **options):
        named = {"outer.example": outer, "inner.example": "10.0.0.1"}
        return real(named.get(host, host), port, *args, **options)

    def to_the_site(address, timeout):
        assert address == (outer, 80)
        return connect(("127.0.0.1", site.server_port), timeout)

    connect = socket.create_connection
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(socket, "create_connection", to_the_site)
    site.web["/a"] = (302, {"Location": "http://inner.example/secret"}, b"")
    with pytest.raises(InputError, match=r"inner.example is a private address \(10.0.0.1\)"):
        fetcher(allow_private=False).fetch("http://outer.example/a")


def test_a_private_address_is_refused_also_behind_a_name(site, monkeypatch):
    site.web["/a"] = (200, {}, LINE)
    for url in (site.address, site.address.replace("127.0.0.1", "localhost")):
        (reject,) = results(f"{url}/a", allow_private=False)
        assert "private address" in reject.reason
    assert site.asked == []

    both = [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: both)
    with pytest.raises(InputError, match="private address"):
        fetcher(allow_private=False).fetch(f"http://inner.example:{site.server_address[1]}/a")
    assert site.asked == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1::1", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_public_addresses(address, public):
    assert is_public(address) is public


@pytest.mark.parametrize(
    "url",
    ["http://a b/", "http://a/\n", "http://", "http://[::1", "http://a:0/", "http://a:99999/", "x"],
)
def test_what_is_no_address(url):
    with pytest.raises(InputError, match="no web address"):
        fetcher().fetch(url)


def test_a_host_that_does_not_answer_is_a_reject():
    (reject,) = results("http://127.0.0.1:1/a")
    assert isinstance(reject, Reject)
    assert "cannot be reached" in reject.reason


def test_a_feed_is_fetched_with_its_entries_named_by_address(site):
    pytest.importorskip("feedparser")
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "T", "items": [
        {"url": "https://e.example/1", "content_text": "One.", "title": "A"},
        {"url": "https://e.example/2", "content_text": "Two.", "title": "B"},
    ]}  # fmt: skip
    site.web["/feed"] = (200, {}, json.dumps(feed).encode())
    assert [article.url[-1] for article in results(f"{site.address}/feed")] == ["1", "2"]
