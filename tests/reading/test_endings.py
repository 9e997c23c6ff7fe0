"""What sites add to a headline goes; what only looks like it stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.reading.pages.headlines import Site, without_site

SITE = Site.of(
    host="www.echo-post.example",
    names=("The Echo Post", "DW", "Börsen-Zeitung"),
    sections=("World News", "sport", "panorama"),
)


def freed(headline, *others, site=SITE):
    return without_site(headline, others=others, site=site)


@pytest.mark.parametrize(
    "ending",
    [
        " | The Echo Post",
        " - The Echo Post",
        " – echo-post.example",
        " | Echo Post",
        " | The Echo Post Online",
        " - DW News",
        " | Boersen-Zeitung",
        " – DW – 13.06.2023",
        " | The Echo Post | by Ada Lovelace",
        " * The Echo Post * by Ada Lovelace",
        " - Panorama - The Echo Post › Panorama",
        " | City | The Echo Post",
        " | Politics | World News | The Echo Post",
        " | Sport",
        " - Sport - DW",
        "：DW",
        " : DW",
    ],
)
def test_the_site_and_its_sections_go(ending):
    assert freed("Bridge over the river closes" + ending) == "Bridge over the river closes"


def test_endings_without_spaces_between_signs():
    site = Site.of(host="hani.example", names=("한겨레",), sections=())
    assert (
        freed("다리가 월요일부터 폐쇄된다-정치ㅣ한겨레", site=site) == "다리가 월요일부터 폐쇄된다"
    )
    site = Site.of(host="sina.example", names=("新浪网",), sections=())
    assert freed("大桥将从周一起关闭维修_新闻_新浪网", site=site) == "大桥将从周一起关闭维修"


def test_the_sites_name_goes_from_the_start():
    assert freed("The Echo Post | Bridge over the river") == "Bridge over the river"


@pytest.mark.parametrize(
    "headline",
    [
        "Feyenoord - Ajax: all you must know",
        "The Echo Post - how a paper changed hands",
        "The Echo Post: how a paper changed hands",
        "A paper is sold - the echo post workers fear for their jobs",
        "Bridge closes - DW workers have to walk",
        "Bridge closes | the bridge that nobody wanted",
        "Sport | DW",  # too short a headline to be left alone
        "Well-known bridge e-mails leaked_again",
        "« Le pont est fermé »",
    ],
)
def test_headlines_stay_whole(headline):
    assert freed(headline) == headline


def test_what_another_place_states_is_the_headline_whatever_its_quotes():
    found = freed("'Closed' bridge - Rivers", "‘Closed’ Bridge")
    assert found == "'Closed' bridge"
    assert freed("« Le pont est fermé »", "« Le pont est fermé »") == "« Le pont est fermé »"


def test_a_monstrous_headline_takes_no_time():
    monster = "| The Echo Post " * 100_000
    assert freed(monster, monster) == monster


@given(st.text(max_size=60), st.lists(st.text(max_size=30), max_size=3), st.text(max_size=20))
def test_what_is_left_is_part_of_the_headline(headline, others, name):
    site = Site.of(host="echo.example", names=(name,), sections=others)
    left = without_site(headline, others=others, site=site)
    assert left in headline
    assert without_site(left, others=(), site=Site.of(host="", names=(), sections=())) == left
