"""Feeds are whole documents, whatever a title holds."""

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

import pytest

from engine.serve.feeds import Entry, Feed, atom, json_feed

ATOM = "{http://www.w3.org/2005/Atom}"
HOSTILE = '<script>alert(1)</script> & ]]> "x" \x00\x1b\ud800\ufffe =HYPERLINK("http://x.example")'
NOON = datetime(2023, 5, 10, 12, tzinfo=UTC)


def test_a_hostile_title_stays_text():
    entry = Entry("urn:x", HOSTILE, HOSTILE, "javascript:alert(1)", NOON, (HOSTILE,), (HOSTILE,))
    written = atom(Feed("urn:f", HOSTILE, "http://localhost/", NOON, [entry]))
    root = ET.fromstring(written)
    clean = HOSTILE.translate(dict.fromkeys((0x00, 0x1B, 0xD800, 0xFFFE)))
    assert [one.text for one in root.iter(f"{ATOM}title")] == [clean, clean]
    assert not list(root.iter("script"))
    assert json_feed(Feed("urn:f", HOSTILE, "", NOON, [entry]))["items"][0]["title"] == HOSTILE


@pytest.mark.parametrize("form", ["atom", "json"])
@pytest.mark.parametrize(
    ("address", "n"),
    [("today", 2), ("stories", 2), ("stories/{story}", 3), ("stories?words=bridge", 1),
     ("similar?text=bridge&k=2", 2)],
)  # fmt: skip
def test_each_feed_has_its_entries(client, ids, address, n, form):
    path, _, query = address.format(story=ids["b1"]).partition("?")
    answer = client.get(f"/v1/feeds/{path}.{form}?{query}")
    assert answer.status_code == 200
    if form == "json":
        assert len(answer.json()["items"]) == n
    else:
        assert answer.headers["Content-Type"] == "application/atom+xml"
        assert len(ET.fromstring(answer.content).findall(f"{ATOM}entry")) == n


def test_an_article_without_a_web_address_is_read_here(client, ids):
    items = client.get(f"/v1/feeds/stories/{ids['b1']}.json").json()["items"]
    assert items[0]["url"].startswith("http://localhost/articles/b")
