"""Leads behind a paywall: told by the page's own statement or by its words, in many languages."""

import json

import pytest

from engine.reading.cleaning.stubs import LONGEST_STUB, NOT_FREE, is_stub
from tests.reading.cases import articles

LEAD = "The bridge over the river closes on Monday for repairs, the town council said. " * 3

WALLS = (
    "Subscribe to continue reading",
    "Dit artikel is alleen voor abonnees",
    "Jetzt abonnieren und weiterlesen",
    "La suite est réservée aux abonnés",
    "Suscríbete para seguir leyendo",
    "Contenuto riservato agli abbonati",
    "Conteúdo exclusivo para assinantes",
    "Artykuł dostępny tylko dla prenumeratorów",
    "Доступно только подписчикам",
    "Щоб продовжити читання, оформіть передплату",
    "Prenumerera för att läsa vidare",
    "Denne artikel er kun for abonnenter",
    "Tämä artikkeli on vain tilaajille",
    "Okumaya devam etmek için abone olun",
    "Článek je dostupný pouze pro předplatitele",
    "この記事は会員限定です",
    "本文仅供订阅者阅读",
    "구독자 전용 기사입니다",
    "اشترك لمواصلة القراءة",
)


def page(*, text=LEAD, below="", above="", **stated):
    item = {"@type": "NewsArticle", "headline": "Bridge closes"} | stated
    return (
        f'<html lang="en"><head><title>Bridge closes</title><script type="application/ld+json">'
        f"{json.dumps(item)}</script></head><body>{above}<article><h1>Bridge closes</h1>"
        f"<p>{text}</p></article>{below}</body></html>"
    ).encode()


def read_one(html):
    pytest.importorskip("trafilatura")
    (article,) = articles(html)
    return article


@pytest.mark.parametrize("wall", WALLS)
def test_a_lead_and_the_words_of_a_wall_are_a_stub(wall):
    assert is_stub(f"{LEAD}\n{wall}")
    assert not is_stub(f"{wall}\n{LEAD}")  # a login above a whole article
    assert not is_stub(LEAD)


@pytest.mark.parametrize("wall", WALLS[:4])
def test_a_page_with_a_wall_below_its_lead_keeps_the_lead(wall):
    article = read_one(page(below=f'<div class="offer"><p>{wall}</p></div>'))
    assert is_stub(article.raw)
    assert article.body == LEAD.strip()


@pytest.mark.parametrize(
    "stated",
    [
        {"isAccessibleForFree": False},
        {"isAccessibleForFree": "False"},
        {"isAccessibleForFree": "http://schema.org/False"},
        {"isAccessibleForFree": True, "hasPart": {"isAccessibleForFree": False}},
        {"hasPart": [{"isAccessibleForFree": "False"}], "wordCount": 900},
        {"isAccessibleForFree": False, "wordCount": "900"},
    ],
)
def test_a_page_that_says_so_is_a_stub(stated):
    article = read_one(page(**stated))
    assert is_stub(article.raw)
    assert article.body == LEAD.strip()
    assert article.raw.endswith(NOT_FREE)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"isAccessibleForFree": True},
        {"isAccessibleForFree": False, "wordCount": 42},  # a brief, whole by its own count
        {"isAccessibleForFree": False, "text": LEAD * (LONGEST_STUB // len(LEAD) + 1)},
        {"hasPart": "no object", "wordCount": {"no": "number"}},
        {"above": "<p>Already a subscriber? Log in</p>"},
    ],
)
def test_a_whole_article_is_none(options):
    assert not is_stub(read_one(page(**options)).raw)
