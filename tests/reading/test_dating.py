"""The day of publication: read where the page states it as its own, invented nowhere."""

import pytest

from engine.reading.pages.dating import day_of_url
from engine.reading.pages.page import read_page

pytest.importorskip("trafilatura")

PROSE = (
    "<p>The bridge over the river closes on Monday for repairs, the town council has said.</p>"
    "<p>Drivers will have to take the ferry for at least a month, which costs two euros a car.</p>"
)


def published(*, above="", below="", after="", lang="en", url=""):
    html = (
        f'<html lang="{lang}"><head><meta charset="utf-8"><title>Bridge</title></head><body>'
        f"<main>{above}<h1>Bridge closes</h1>{below}{PROSE}{after}</main></body></html>"
    )
    found = read_page(html.encode(), url=url)
    assert found is not None
    moment = found.published
    return moment and f"{moment:%Y-%m-%d}"


@pytest.mark.parametrize(
    "after",
    [
        "<footer>© 2013 The Echo</footer>",
        "<p>© 2013</p>",
        "<p>Copyright 2009-2013 The Echo. All rights reserved.</p>",
        "<p>The bridge was built in 1932 and repaired in 2004.</p>",
        "<p>It was hit by a lorry on March 14, 2011, and closed for a week.</p>",
        "<p>Am 3. Juni 2012 wurde sie gesperrt.</p>",
        "<aside><h2>More</h2><ul><li>8 May 2019 <a href='/a'>Ferry sinks</a></li></ul></aside>",
        "<div>Comments<div>Ann, 8 May 2019</div><time datetime='2019-05-08'></time></div>",
        "<img src='/2013/01/01/bridge.jpg'>",
        "<script>var built = '2013-01-01';</script>",
    ],
)
def test_no_day_is_invented(after):
    assert published(after=after) is None


@pytest.mark.parametrize(
    "below",
    [
        "<p>On 14 March 2011 a lorry hit the bridge, which has been weak ever since.</p>",
        "<p>Repairs since 14 March 2011.</p>",
        "<h2>The flood of 14 March 2011</h2>",
        "<p>Sunday, March 2011</p>",
        "<p>2013</p>",
        "<p>05/09/2023</p>",
        "<p>31 February 2023</p>",
    ],
)
def test_a_day_that_is_not_the_pages_own_beside_the_headline(below):
    assert published(below=below) is None


@pytest.mark.parametrize(
    ("lang", "line"),
    [
        ("en", "Published on 8 May 2024"),
        ("en", "By Ann Smith, Wednesday, May 8, 2024 10:15 am"),
        ("en", "May 8th, 2024 | Updated May 9th, 2024"),
        ("en-GB", "2024-05-08"),
        ("nl", "Woensdag 8 mei 2024, 10:15"),
        ("de", "Stand: 08.05.2024, 10:15 Uhr"),
        ("de", "8. Mai 2024 um 10:15"),
        ("fr", "Publié le 08/05/2024 à 10h15"),
        ("fr", "Par Anne Petit, le 8 mai 2024"),
        ("es", "8 de mayo de 2024"),
        ("pt", "8 de maio de 2024, às 10h15"),
        ("it", "8 maggio 2024"),
        ("pl", "8 maja 2024, 10:15"),
        ("ru", "8 мая 2024, 10:15"),
        ("uk", "8 травня 2024"),
        ("tr", "8 Mayıs 2024 Çarşamba"),
        ("el", "8 Μαΐου 2024"),
        ("ar", "8 مايو 2024"),
        ("vi", "8 tháng 5, 2024"),
        ("fi", "8. toukokuuta 2024"),
        ("hu", "2024. május 8."),
        ("zh", "2024年5月8日 10:15"),
        ("ja", "2024年5月8日"),
        ("ko", "2024년 5월 8일"),
    ],
)
def test_a_line_beside_the_headline_states_the_day(lang, line):
    assert published(lang=lang, below=f"<div class='x'>{line}</div>") == "2024-05-08"
    assert published(lang=lang, above=f"<div><span>{line}</span></div>") == "2024-05-08"


def test_the_earlier_of_two_days_beside_each_other_is_that_of_publication():
    lines = "<p>Updated 9 May 2024</p><p>Published 8 May 2024</p>"
    assert published(below=lines) == "2024-05-08"


@pytest.mark.parametrize(
    ("path", "day"),
    [
        ("/world/2019/nov/18/bridge", "2019-11-18"),
        ("/2019/November/8/bridge", "2019-11-08"),
        ("/2019/11/18/bridge", "2019-11-18"),
        ("/20191118/bridge", "2019-11-18"),
        ("/2019-11-18-bridge", "2019-11-18"),
        ("/2019/11/bridge", ""),
        ("/2019/old/18/bridge", ""),
        ("/bridge-of-1932", ""),
    ],
)
def test_addresses(path, day):
    assert day_of_url(f"https://echo.example{path}") == day


def test_an_address_with_no_such_day_gives_none():
    assert published(url="https://echo.example/2019/old/18/bridge") is None
    assert published(url="https://echo.example/2019/nov/18/bridge") == "2019-11-18"
