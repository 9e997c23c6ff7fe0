"""Pages that hide, nest or repeat to do harm."""

import json

import pytest

from engine.reading.pages.page import LONGEST_TEXT, MOST_TAGS
from tests.reading.cases import articles

PAGE = """<!DOCTYPE html><html><head><title>A page</title>{head}</head><body><article>
<h1>Bridge closes</h1>{body}<p>The bridge over the river closes on Monday for repairs.</p>
<p>Drivers will have to take the ferry for at least a month, the town council says.</p>
</article></body></html>"""


@pytest.mark.parametrize(
    "body",
    [
        "<script>document.write('evil')</script>",
        "<style>p {content: 'evil'}</style>",
        "<noscript><p>evil</p></noscript>",
        "<!-- <p>evil</p> -->",
        "<iframe srcdoc='<p>evil</p>'></iframe>",
        "<svg><text>evil</text></svg>",
        "<template><p>evil</p></template>",
        '<p onclick="evil()">x</p>',
    ],
)
def test_what_a_page_does_not_show_is_not_read(body):
    pytest.importorskip("trafilatura")
    (article,) = articles(PAGE.format(head="", body=body).encode())
    assert "evil" not in article.body + article.title
    assert "The bridge over the river closes" in article.body


@pytest.mark.parametrize(
    "page",
    [
        "<html>" + "<div>" * 99_000,
        "<html><body>" + "<p>x" * 30_000,
        "<html><body><table>" + "<tr><td>" * 20_000,
        "<html " + "a='b' " * 100_000 + ">",
        "<html><head>" + '<script type="application/ld+json">[</script>' * 5000,
        '<html><head><script type="application/ld+json">' + '{"a":' * 50_000 + "</script>",
        '<html><head><script type="application/ld+json">'
        + json.dumps([{"@type": "NewsArticle", "headline": "x"}] * 20_000)
        + "</script></head><body><p>y</p>",
        "<html><head>" + "<meta name='date' content='x'>" * 10_000,
        "<html><head><meta charset='utf-7'></head><body><p>+ADw-script+AD4-",
        "<html><head><meta charset='no-such'></head><body><p>x",
        "<html>" + "&amp;" * 200_000,
        "<html><body>" + "<a href='x'>y</a>" * 30_000,
    ],
    ids=range(12),
)
def test_monstrous_pages_end(page):
    pytest.importorskip("trafilatura")
    assert len(articles(page.encode())) == 1


@pytest.mark.parametrize(
    "unit", ["<a href='/x'>y</a>", "<tr><td>a</td></tr>", "<li>", "<p>x", "x<br>"], ids=range(5)
)
def test_a_page_that_is_nothing_but_tags_is_left_at_once(unit):
    (reject,) = articles(("<html><body>" + unit * MOST_TAGS).encode())
    assert f"at most {MOST_TAGS:,} are read" in reject.reason


def test_a_text_that_is_no_article_is_left():
    pytest.importorskip("trafilatura")
    (reject,) = articles(("<html><body><p>" + "It closes. " * (LONGEST_TEXT // 10)).encode())
    assert (reject.field, f"at most {LONGEST_TEXT:,} are read" in reject.reason) == ("text", True)


def test_a_title_without_end_is_cut():
    pytest.importorskip("trafilatura")
    page = PAGE.format(head="<script></script>", body="").replace("A page", "A page | " * 200_000)
    (article,) = articles(page.encode())
    assert "The bridge over the river closes" in article.body
    assert len(article.title) <= 10_000
