"""The headline among logos, menus and headlines for search engines; pages that are no article."""

import json

import pytest

from engine.domain import Reject
from engine.reading.pages.headlines import choose_headline
from engine.reading.pages.kinds import kind_of_page
from engine.reading.pages.page import page_record, read_page
from engine.reading.records import RawPage, Record

pytest.importorskip("trafilatura")

PROSE = (
    "<p>The bridge over the river closes on Monday for repairs, the town council has said.</p>"
    "<p>Drivers will have to take the ferry for at least a month, which costs two euros a car.</p>"
)


def page(body, *, title="", head="", url=""):
    html = (
        f"<html><head><meta charset='utf-8'><title>{title}</title>{head}</head><body>{body}</body>"
    )
    return RawPage(0, html.encode(), url=url)


def headline(body, **options):
    raw = page(body, **options)
    return read(raw).title


def read(raw):
    found = read_page(raw.data, url=raw.url)
    assert found is not None
    return found


@pytest.mark.parametrize(
    "before",
    [
        "<h1><a href='/'>The Echo</a></h1>",
        "<a href='https://echo.example/'><h1>The Echo</h1></a>",
        "<h1>Menu</h1>",
        "<h1>Navigation und Service</h1>",
        "<h1>Меню</h1>",
        "<h1>メニュー</h1>",
        "<h1>تسجيل الدخول</h1>",
        "<nav><h1>All sections</h1></nav>",
        "<h1><img src='/logo.png'></h1>",
    ],
)
def test_a_logo_or_a_menu_is_no_headline(before):
    assert headline(f"{before}<main><h1>Bridge closes</h1>{PROSE}</main>") == "Bridge closes"


def test_a_heading_that_the_title_states_goes_first():
    body = f"<h1>Weather today</h1><main><h1>Bridge closes on Monday</h1>{PROSE}</main>"
    found = headline(
        body, head="<meta property='og:title' content='Bridge closes on Monday | Echo'>"
    )
    assert found == "Bridge closes on Monday"


@pytest.mark.parametrize(
    "heading",
    [
        "<h1>Bridge<br>closes</h1>",
        "<h1><span>Bridge</span><span>closes</span></h1>",
        "<h1><div>Bridge</div>closes</h1>",
        "<h1><span>B</span>ridge closes</h1>",
    ],
)
def test_words_of_a_heading_are_not_joined(heading):
    assert headline(f"{heading}{PROSE}") == "Bridge closes"


def test_the_sites_name_is_no_headline():
    stated = {"json-ld": "The Echo", "opengraph": "Echo.example", "title": "Bridge closes"}
    found = choose_headline(stated, host="echo.example", site_names=("The Echo",))
    assert found == "Bridge closes"


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("404 Not Found", "an error page"),
        ("Page not found | The Echo", "an error page"),
        ("Seite nicht gefunden – Das Echo", "an error page"),
        ("Page introuvable", "an error page"),
        ("Страница не найдена", "an error page"),
        ("ページが見つかりません", "an error page"),
        ("页面不存在", "an error page"),
        ("Just a moment...", "a page that tests for robots"),
        ("Attention Required! | Cloudflare", "a page that tests for robots"),
        ("Zugriff verweigert", "a page that tests for robots"),
        ("Before you continue", "a page that asks for consent"),
        ("Avec votre accord", "a page that asks for consent"),
        ("Szanujemy Twoją prywatność", "a page that asks for consent"),
    ],
)
def test_a_page_that_is_no_article_says_what_it_is(title, kind):
    body = "<p>Go back to the front page of the paper, or use the search box above to find it.</p>"
    result = page_record(page(body, title=title), name="x")
    assert isinstance(result, Reject)
    assert f"is {kind}, no article" in result.reason


@pytest.mark.parametrize(
    "title",
    [
        "Access denied to bridge for a month",
        "Just a moment of silence",
        "Un momento histórico para el puente",
        "Not found: the bridge that was never built",
        "Un instant de bonheur",
    ],
)
def test_headlines_that_merely_begin_so_are_articles(title):
    assert kind_of_page(title=title, text="The bridge closes.") == ""


def test_a_dated_or_long_page_is_an_article_whatever_its_title():
    item = {"@type": "NewsArticle", "headline": "Access denied", "datePublished": "2024-05-08"}
    head = f'<script type="application/ld+json">{json.dumps(item)}</script>'
    result = page_record(page(PROSE, title="Access denied", head=head), name="x")
    assert isinstance(result, Record)
    assert result.values["title"] == "Access denied"
    assert kind_of_page(title="Access denied", text="The bridge closes. " * 100) == ""


def test_an_empty_shell_says_so():
    result = page_record(page("<div id='app'></div><script src='/a.js'></script>"), name="x")
    assert isinstance(result, Reject)
    assert "empty shell" in result.reason


def test_a_relative_canonical_address_and_a_base():
    head = "<base href='https://www.echo.example/news/'><link rel='canonical' href='bridge'>"
    assert read(page(PROSE, head=head)).url == "https://www.echo.example/news/bridge"


def test_an_article_deep_in_a_page_is_found():
    deep = "<div>" * 600 + f"<article><h1>Bridge closes</h1>{PROSE}</article>" + "</div>" * 600
    assert "Drivers will have to take the ferry" in read(page(deep)).text
