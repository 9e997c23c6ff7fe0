"""The text of an article: where pages hide it, what stands in it twice, tables and lists."""

import pytest

from engine.reading.pages.opening import without_headline
from engine.reading.pages.page import read_page

pytest.importorskip("trafilatura")

PARAGRAPHS = (
    "The bridge over the river closes on Monday for repairs, the town council said on Wednesday.",
    "Drivers will have to take the ferry for at least a month, which costs two euros a car.",
    "Engineers found cracks in two of the piers in March, and the winter made them wider.",
    "Shops on the left bank fear for their customers, who come by car and from far away.",
)
TEXT = "".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)
MENU = "<ul>" + "".join(f"<li><a href='/{n}'>Section {n}</a></li>" for n in range(9)) + "</ul>"


def text_of(body, *, title="Bridge closes"):
    html = f"<html><head><meta charset='utf-8'><title>{title}</title></head><body>{body}</body>"
    page = read_page(html.encode())
    assert page is not None
    return page.text


@pytest.mark.parametrize(
    "body",
    [
        f"<div id='app'></div><noscript><h1>Bridge closes</h1>{TEXT}</noscript>",
        f"<template><article><h1>Bridge closes</h1>{TEXT}</article></template>",
        f"<nav class='menu'>{MENU}<main><h1>Bridge closes</h1>{TEXT}</main>",
        f"<aside><h1>Bridge closes</h1>{TEXT}</aside>",
        f"<footer><h1>Bridge closes</h1>{TEXT}</footer>",
        f"<form action='/'><h1>Bridge closes</h1>{TEXT}</form>",
    ],
    ids=["noscript", "template", "unclosed nav", "aside", "footer", "form"],
)
def test_an_element_that_holds_the_article_is_kept(body):
    text = text_of(body)
    assert all(paragraph in text for paragraph in PARAGRAPHS)


def test_what_noscript_says_again_is_read_once():
    text = text_of(f"<main><h1>Bridge closes</h1>{TEXT}</main><noscript>{TEXT}</noscript>")
    assert [text.count(paragraph) for paragraph in PARAGRAPHS] == [1] * len(PARAGRAPHS)


def test_a_menu_is_no_text():
    text = text_of(f"<nav>{MENU}</nav><main><h1>Bridge closes</h1>{TEXT}</main>")
    assert "Section" not in text


def test_tables_and_lists_that_are_content_are_kept():
    rows = "".join(f"<tr><td>Team {n}</td><td>{n} goals</td></tr>" for n in range(1, 6))
    items = "".join(f"<li>Runner number {n} came in after {n} hours.</li>" for n in range(1, 6))
    text = text_of(
        f"<article><h1>Results</h1>{TEXT}<table>{rows}</table><ul>{items}</ul></article>"
    )
    assert "Team 3" in text
    assert "5 goals" in text
    assert "Runner number 4 came in after 4 hours." in text


def test_a_table_of_links_is_no_text():
    rows = "".join(
        f"<tr><td><a href='/{n}'>Another report of the day, number {n}</a></td></tr>"
        for n in range(9)
    )
    assert "Another report" not in text_of(f"<article>{TEXT}<table>{rows}</table></article>")


@pytest.mark.parametrize(
    ("headline", "first"),
    [
        ("Bridge closes for a month", "Bridge closes for a month"),
        ("Bridge closes for a month | Echo", "Bridge closes for a month"),
        ("Bridge “closes” for a month", "Bridge 'closes' for a month"),
        ("Brug gaat een maand dicht", "Brug gaat een maand dicht."),
        ("Brücke für einen Monat gesperrt", "Brücke für einen Monat gesperrt!"),
        ("Мост закроют на месяц", "Мост закроют на месяц"),
        ("大桥将关闭一个月进行维修", "大桥将关闭一个月进行维修"),
        ("سيغلق الجسر لمدة شهر", "سيغلق الجسر لمدة شهر"),
    ],
)
def test_the_headline_is_not_said_again(headline, first):
    body = "\n".join(PARAGRAPHS)
    assert without_headline(f"{first}\n{body}", [headline]) == body


def test_a_standfirst_is_said_once():
    text = "\n".join((PARAGRAPHS[0], PARAGRAPHS[0], *PARAGRAPHS[1:]))
    assert without_headline(text, ["Bridge"]) == "\n".join(PARAGRAPHS)


@pytest.mark.parametrize(
    "text",
    [
        "Bridge closes on Monday for repairs, the town council said on Wednesday.\nIt does.",
        "Bridge closes",
        "No.\nNo.\nIt stays open.",
    ],
)
def test_sentences_that_merely_begin_as_the_headline_does_stay(text):
    assert without_headline(text, ["Bridge closes"]) == text
