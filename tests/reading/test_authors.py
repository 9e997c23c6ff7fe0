"""Who wrote it: read where it is stated, kept with the article, never embedded."""

import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import Article, embedding_text
from engine.reading import read
from engine.reading.articles import LONGEST_AUTHORS, author_of

FETCHED = datetime(2024, 5, 9, 12, tzinfo=UTC)
NAMES = "Ada Lovelace, Çağla Öz"


def only_article(data):
    (found,) = read(["-"], stdin=io.BufferedReader(io.BytesIO(data)), fetched=FETCHED)
    assert isinstance(found, Article)
    return found


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("Ada Lovelace", "Ada Lovelace"),
        ("By Ada Lovelace ", "Ada Lovelace"),
        ("Byron Katie", "Byron Katie"),
        (["Ada Lovelace", "Çağla Öz", "Ada Lovelace"], NAMES),
        ([{"@type": "Person", "name": "Ada Lovelace"}, {"name": "Çağla Öz"}], NAMES),
        ({"name": "Ada Lovelace", "url": "https://echo.example/ada"}, "Ada Lovelace"),
        ("desk@echo.example (Ada Lovelace)", "Ada Lovelace"),
        ("Ada Lovelace <ada@echo.example>", "Ada Lovelace"),
        ("https://www.facebook.com/echo", ""),
        ("ada@echo.example", ""),
        ("www.echo.example", ""),
        ("105092", ""),
        ("x" * (LONGEST_AUTHORS + 1), ""),
        (["x" * 200, "y" * 200], ""),
        (None, ""),
        (7, ""),
        ([None, {"name": None}, {}], ""),
        ("Ada\nLovelace", "Ada Lovelace"),
        ("牛镛", "牛镛"),
    ],
)
def test_names(value, names):
    assert author_of(value) == names


@given(st.recursive(st.none() | st.text() | st.integers(), st.lists, max_leaves=8))
def test_any_value_gives_one_short_line(value):
    found = author_of(value)
    assert len(found) <= LONGEST_AUTHORS
    assert found == "" or found.isprintable()


@pytest.mark.parametrize("field", ["author", "authors", "byline", "dc:creator", "Author"])
def test_it_is_read_from_the_fields_of_an_export(field):
    line = {"title": "Bridge closes", "text": "It closes.", field: ["Ada Lovelace", "Çağla Öz"]}
    assert only_article(json.dumps(line).encode()).author == NAMES


def test_a_strange_author_rejects_no_article():
    line = {"title": "Bridge closes", "text": "It closes.", "author": {"id": [3]}}
    assert only_article(json.dumps(line).encode()).author == ""


def test_it_is_read_from_a_feed():
    pytest.importorskip("feedparser")
    feed = (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>E</title>'
        "<item><title>Bridge closes</title><description>It closes on Monday.</description>"
        "<dc:creator>Ada Lovelace</dc:creator></item></channel></rss>"
    )
    assert only_article(feed.encode()).author == "Ada Lovelace"


PERSON = {"@type": "Person", "name": "Ada Lovelace"}
SITE = '<meta property="og:site_name" content="The Echo">'
META = '<meta name="author" content="Grace Hopper">'


@pytest.mark.parametrize(
    ("people", "head", "before", "names"),
    [
        ([PERSON, {"name": "Çağla Öz"}], META, "", NAMES),
        ([], META, '<a rel="author">Ada Lovelace</a>', "Grace Hopper"),
        ([{"name": "The Echo"}], META, "", "Grace Hopper"),
        ([], '<meta name="author" content="The Echo">', "", ""),
        ([], '<meta property="article:author" content="https://social.example/echo">', "", ""),
        ([], "", '<span itemprop="author">Ada Lovelace</span>', "Ada Lovelace"),
    ],
    ids=["JSON-LD", "meta", "the site in JSON-LD", "the site", "an address", "on the page"],
)
def test_it_is_read_from_the_most_trusted_place_of_a_page(people, head, before, names):
    pytest.importorskip("trafilatura")
    item = {"@type": "NewsArticle", "headline": "Bridge closes", "author": people}
    text = "<p>The bridge over the river closes on Monday for repairs, the council said.</p>" * 4
    page = (
        f"<!DOCTYPE html><html><head><title>Bridge closes</title>{SITE}{head}"
        f'<script type="application/ld+json">{json.dumps(item)}</script></head>'
        f"<body><article><h1>Bridge closes</h1>{before}{text}</article></body></html>"
    )
    assert only_article(page.encode()).author == names


def test_it_is_no_part_of_what_is_embedded():
    found = only_article(b'{"title": "Bridge closes", "text": "Now.", "author": "Ada Lovelace"}')
    assert "Ada" not in embedding_text(found.title, found.body)
    assert found.id == only_article(b'{"title": "Bridge closes", "text": "Now."}').id
