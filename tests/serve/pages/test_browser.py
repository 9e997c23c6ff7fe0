"""The pages in a browser: every one of them, by mouse and by keys, on a desk and on a phone."""

import re

import pytest

import engine
from tests.jobs.night_cases import (
    WEEK,
    after_a_night,
    by_words,
    forty_events,
    ids_of,
    plain,
    shuffled,
    write,
)
from tests.serve.pages.conftest import SECRET, serving

pytestmark = pytest.mark.slow

PHONE = {"width": 390, "height": 844}
PAGES = (
    "/",
    "/?which=all",
    "/search",
    "/search?q=aardbeving+turkije",
    "/night",
    "/coverage",
    "/base",
    "/label",
    "/sign-in",
)


@pytest.fixture
def page(chromium):
    with chromium.new_context(locale="en-GB", timezone_id="Europe/Amsterdam") as context:
        opened = context.new_page()
        opened.set_default_timeout(15_000)
        failures = []
        opened.on("pageerror", lambda error: failures.append(str(error)))
        opened.on(
            "console", lambda said: failures.append(said.text) if said.type == "error" else None
        )
        yield opened
        assert failures == []


@pytest.fixture
def address(small):
    with serving(small, clusterer=by_words) as address:
        yield address


def sign_in(page, address):
    page.goto(f"{address}/sign-in")
    page.fill("#token", SECRET)
    page.press("#token", "Enter")
    page.wait_for_url(f"{address}/")


def stories_of(folder):
    with engine.open(folder) as base:
        return ids_of(base)


def test_a_search_in_dutch_finds_the_arabic_article(page, sample_address):
    page.goto(sample_address)
    page.fill(".find input", "Aardbeving treft westen van Turkije, doden onder het puin")
    page.press(".find input", "Enter")
    page.wait_for_url("**/search**")
    arabic = page.locator(".hits .item h2 [lang=ar]")
    assert arabic.count() > 0
    assert "تركيا" in arabic.first.inner_text()
    assert page.locator(".event .told").count() == 1
    assert page.locator(".hits mark").count() > 0


def test_chinese_arabic_and_cyrillic_are_drawn(page, sample_address):
    page.goto(f"{sample_address}/?which=all")
    for language in ("zh", "ar", "ru"):
        page.goto(f"{sample_address}/?which=all&language={language}&headlines={language}")
        headline = page.locator(f".stories h2 [lang={language}]").first
        # A script without a font is drawn as equal boxes: its characters have one width.
        widths = headline.evaluate(
            """(element) => {
              const text = element.firstChild, widths = new Set();
              for (let at = 0; at < Math.min(20, text.length); at++) {
                const range = document.createRange();
                range.setStart(text, at); range.setEnd(text, at + 1);
                widths.add(Math.round(range.getBoundingClientRect().width * 10));
              }
              return widths.size;
            }"""
        )
        assert widths > 1
        direction = headline.evaluate("(element) => getComputedStyle(element).direction")
        assert direction == ("rtl" if language == "ar" else "ltr")


def test_a_merge_survives_a_reload_and_an_undo_takes_it_back(page, address, small):
    before = stories_of(small)
    bridge, robbery = before["b1"], before["r1"]
    sign_in(page, address)
    page.goto(f"{address}/stories/{bridge}")
    page.fill("input[name=other]", robbery)
    page.get_by_role("button", name="Merge").click()
    page.wait_for_url("**?done=merge")
    survivor = page.url.split("/")[-1].partition("?")[0]
    assert page.locator(".group .item").count() + page.locator(".copies li").count() == 5
    page.goto(f"{address}/stories/{robbery}")
    page.reload()
    assert page.locator(f"text={survivor}").count() > 0
    assert len(set(stories_of(small).values())) == 1
    page.get_by_role("button", name="Undo").click()
    page.wait_for_url("**?done=undo")
    assert stories_of(small) == before


def test_articles_are_split_off_and_pinned(page, address, small):
    story = stories_of(small)["b1"]
    sign_in(page, address)
    page.goto(f"{address}/stories/{story}")
    page.check("input[name=article][value=b3]")
    page.get_by_role("button", name="Pin here").click()
    page.wait_for_url("**?done=pin")
    assert "b3 stay in this story" in page.inner_text(".history")
    page.check("input[name=article][value=b3]")
    page.get_by_role("button", name="Split off").click()
    page.wait_for_url("**?done=split")
    assert "b3" not in stories_of(small)


def test_a_held_night_is_approved(page, tmp_path):
    *first, new = forty_events()[:121]
    with after_a_night(tmp_path, *first) as base:
        with plain(base, clusterer=shuffled) as unsteady:
            report = unsteady.nightly(write(tmp_path / "next.jsonl", new), window=WEEK)
        assert report.outcome == "held"
    with serving(tmp_path / "base", clusterer=shuffled) as address:
        sign_in(page, address)
        page.goto(f"{address}/night")
        assert report.reasons[0] in page.inner_text(".held")
        assert "e0n3" not in stories_of(tmp_path / "base")
        page.get_by_role("button", name="Approve and publish").click()
        page.wait_for_url("**/night?done=approve")
        assert page.locator("section.held").count() == 0
    assert "e0n3" in stories_of(tmp_path / "base")


def test_hostile_titles_stay_text(page, address, small):
    story = stories_of(small)["b1"]
    dialogs = []
    page.on("dialog", lambda dialog: dialogs.append(dialog.message))
    for path in (
        "/?which=all",
        f"/stories/{story}",
        "/articles/b1",
        "/search?q=stone+bridge",
        "/base",
        "/label",
    ):
        page.goto(f"{address}{path}")
        assert page.locator("main svg[onload], [onmouseover], img").count() == 0
        assert page.locator("script:not([src])").count() == 0
        assert page.locator("a[href^='javascript:']").count() == 0
    page.goto(f"{address}/articles/b1")
    assert dialogs == []
    assert "onload=alert(1) ' onmouseover='alert(2) {{ 7*7 }} &" in page.inner_text("h1")


def test_the_keys_lead_through_the_pages(page, address):
    page.goto(f"{address}/?which=all")
    page.keyboard.press("j")
    first = page.evaluate("document.activeElement.href")
    assert "/stories/" in first
    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.href") != first
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url(first)
    page.keyboard.press("g")
    page.keyboard.press("b")
    page.wait_for_url("**/base")
    page.keyboard.press("?")
    assert page.locator("dialog[open]").count() == 1
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("stone bridge")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=stone+bridge")


def test_every_link_and_field_is_reached_by_tab_and_seen(page, address):
    page.goto(f"{address}/?which=all")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    wanted = page.locator("a[href], button:visible, input:visible, select:visible").count()
    reached = set()
    for _ in range(wanted + 5):
        reached.add(page.evaluate("document.activeElement.outerHTML"))
        page.keyboard.press("Tab")
    assert len(reached) >= wanted - 1  # the links to one outlet may be the same


def test_pairs_are_judged_by_two_keys(page, address, small):
    sign_in(page, address)
    page.goto(f"{address}/label")
    first = page.inner_text(".pair")
    page.keyboard.press("y")
    page.wait_for_function(
        "(first) => document.querySelector('.pair')?.innerText !== first", arg=first
    )
    page.keyboard.press("s")
    page.wait_for_url("**/label?skipped=**")
    with engine.open(small) as base:
        assert [label.same_event for label in base.answers()] == [True]


@pytest.mark.parametrize("path", PAGES)
def test_a_phone_shows_it_whole(page, sample_address, path):
    page.set_viewport_size(PHONE)
    page.goto(f"{sample_address}{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_a_phone_shows_a_story_and_an_article_whole(page, sample_address, sample_folder):
    page.set_viewport_size(PHONE)
    for path in (f"/stories/{stories_of(sample_folder)['mer-1041']}", "/articles/mer-1041"):
        page.goto(f"{sample_address}{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(page, sample_address, sample_folder, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page.emulate_media(color_scheme=scheme)
    sign_in(page, sample_address)
    story = f"/stories/{stories_of(sample_folder)['mer-1041']}"
    for path in (*PAGES, story, "/articles/mer-1041"):
        page.goto(f"{sample_address}{path}")
        found = axe.run(page).response["violations"]
        serious = [one["id"] for one in found if one["impact"] in {"serious", "critical"}]
        assert serious == [], (path, found)


def test_times_are_told_in_the_readers_zone_without_moving_anything(page, sample_address):
    page.goto(f"{sample_address}/articles/mer-1041")
    assert page.inner_text("#zone") == "Europe/Amsterdam"
    time = page.locator("article time").first
    assert time.get_attribute("datetime") == "2023-05-15T07:50:00+00:00"
    assert time.inner_text() == "15 May 2023 09:50"
    page.goto(f"{sample_address}/?which=all")
    shift = page.evaluate(
        """() => new Promise((done) => {
          let sum = 0;
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) sum += entry.value;
          }).observe({ type: "layout-shift", buffered: true });
          setTimeout(() => done(sum), 200);
        })"""
    )
    assert shift < 0.01


def test_pages_can_be_read_without_javascript(chromium, sample_address):
    with chromium.new_context(java_script_enabled=False, locale="nl-NL") as context:
        page = context.new_page()
        page.goto(sample_address)
        assert page.inner_text("h1") == "Verhalen van vandaag"
        page.locator(".stories h2 a").first.click()
        assert page.locator(".group .item").count() > 0
        assert re.search(r"\d+ mei 2023 \d\d:\d\d", page.inner_text(".meta >> nth=0"))


def test_a_story_prints_without_its_forms(page, sample_address, sample_folder):
    page.goto(f"{sample_address}/stories/{stories_of(sample_folder)['mer-1041']}")
    page.emulate_media(media="print")
    assert not page.locator(".top").is_visible()
    assert not page.locator(".correct").is_visible()
    assert page.locator(".timeline").is_visible()
