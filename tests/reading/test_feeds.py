"""Feeds in their three forms, as outlets really write them."""

import json
from datetime import UTC, datetime

import pytest

from tests.reading.cases import articles

RSS = """<?xml version="1.0" encoding="utf-8"?>
<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>The Echo</title><language>en-gb</language>
<item><title>Bridge &amp; ferry</title><link>https://echo.example/1?utm_source=rss</link>
<pubDate>Wed, 08 May 2024 12:00:00 +0200</pubDate>
<description>Short.</description>
<content:encoded><![CDATA[<p>The bridge closes.</p><script>alert(1)</script><p>It does.</p>]]>
</content:encoded>
</item>
<item><title>No date</title><guid isPermaLink="false">tag:2</guid><pubDate>soon</pubDate>
<description>&lt;p&gt;The ferry sinks.&lt;/p&gt;</description></item>
</channel></rss>"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>The Echo</title>
<entry><title type="html">Bridge &amp;amp; ferry</title><link href="https://echo.example/1"/>
<id>urn:1</id><published>2024-05-08T10:00:00Z</published><updated>2024-05-09T10:00:00Z</updated>
<content type="html">&lt;p&gt;The bridge closes.&lt;/p&gt;&lt;p&gt;It does.&lt;/p&gt;</content>
</entry></feed>"""

JSON_FEED = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "The Echo",
        "language": "en",
        "items": [
            {
                "id": "urn:1",
                "url": "https://echo.example/1",
                "title": "Bridge & ferry",
                "content_html": "<p>The bridge closes.</p><p>It does.</p>",
                "date_published": "2024-05-08T10:00:00Z",
            }
        ],
    }
)


@pytest.mark.parametrize("feed", [RSS, ATOM, JSON_FEED], ids=["RSS", "Atom", "JSON Feed"])
def test_feeds(feed):
    pytest.importorskip("feedparser")
    first = articles(feed.encode())[0]
    assert first.title == "Bridge & ferry"
    assert first.body.split() == ["The", "bridge", "closes.", "It", "does."]
    assert first.published == datetime(2024, 5, 8, 10, tzinfo=UTC)
    assert (first.source, first.language) == ("The Echo", "en")


def test_a_feed_in_utf_16_with_a_zone_by_name():
    pytest.importorskip("feedparser")
    text = RSS.replace("utf-8", "utf-16").replace("12:00:00 +0200", "12:00:00 CEST")
    first = articles(text.encode("utf-16"))[0]
    assert (first.title, first.published.hour) == ("Bridge & ferry", 10)


def test_a_gathered_entry_is_its_outlets():
    pytest.importorskip("feedparser")
    outlet = '<source url="https://daily.example">Daily</source>'
    data = RSS.replace("ferry</title>", f"ferry - Daily</title>{outlet}", 1)
    first = articles(data.encode())[0]
    assert (first.title, first.source) == ("Bridge & ferry", "Daily")


def test_a_feed_entry_with_a_bad_date_is_kept_undated():
    pytest.importorskip("feedparser")
    second = articles(RSS.encode())[1]
    assert (second.id, second.published, second.body) == ("tag:2", None, "The ferry sinks.")


def test_one_address_is_one_article_in_a_feed_and_in_a_list():
    pytest.importorskip("feedparser")
    listed = articles(json.dumps({"text": "x", "url": "https://echo.example/1"}).encode())
    assert articles(RSS.encode())[0].id == listed[0].id


def test_xml_that_is_no_feed_is_rejected():
    pytest.importorskip("feedparser")
    (reject,) = articles(b'<?xml version="1.0"?><catalogue><book>x</book></catalogue>')
    assert "no feed" in reject.reason
