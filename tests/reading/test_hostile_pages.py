"""Pages that hide, nest or repeat to do harm."""

import json

import pytest

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
        "<html>" + "<div>" * 100_000,
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
