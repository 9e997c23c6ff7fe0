"""The pages of watches: what is new, and the forms behind a token."""

import engine
from tests.jobs.cases import ROBBERY, line
from tests.jobs.night_cases import by_words, ids_of
from tests.serve.pages.conftest import HOSTILE
from tests.serve.pages.test_pages import field


def test_a_watch_is_added_shown_and_removed_by_its_forms(editor, small):
    page = editor.get("/watches?article=r1")
    assert "There are no watches yet" in page.text
    said = {"name": "gold & coins", "article": "r1", "csrf": field(page, "csrf")}
    added = editor.post("/watches", data=said)
    assert added.url.path == "/watches/gold & coins"
    assert "It is watched from now on" in added.text
    assert "It was told nothing yet" in added.text
    feed = small.parent / "more.jsonl"
    feed.write_text(line("r3", f"{ROBBERY}. Coins were found.", title=HOSTILE))
    with engine.open(small, clusterer=by_words) as base:
        base.nightly([feed])
        editor.app.state.services.live.follow()
        new = editor.get("/watches/gold%20%26%20coins").text
        assert "New, not told yet" in new
        assert 'href="/articles/r3"' in new
        assert "<svg/onload" not in new
        base.tell_watches()
    assert "New, not told yet" not in editor.get("/watches/gold%20%26%20coins").text
    assert "gold &amp; coins" in editor.get("/night").text
    gone = editor.post("/watches/gold%20%26%20coins/remove", data={"csrf": said["csrf"]})
    assert "There are no watches yet" in gone.text


def test_a_story_can_be_watched_from_its_page(editor, small):
    with engine.open(small) as base:
        story = ids_of(base)["b1"]
    link = f"/watches?story={story}"
    assert link in editor.get(f"/stories/{story}").text
    page = editor.get(link)
    said = {name: field(page, name) for name in ("story", "csrf")}
    assert story in editor.post("/watches", data=said | {"name": "bridge"}).text


def test_nobody_adds_or_removes_without_a_token_or_a_form_of_ours(client, editor):
    said = {"name": "gold", "text": ROBBERY}
    assert editor.post("/watches", data=said).status_code == 403
    client.cookies.clear()
    assert client.post("/watches", data=said).status_code in {401, 403}
    assert client.post("/watches/gold/remove").status_code in {401, 403}
    assert "Watches are added with a token" in client.get("/watches").text


def test_what_cannot_be_watched_is_a_page_too(editor):
    said = {
        "name": "both",
        "text": "a",
        "story": "s",
        "csrf": field(editor.get("/watches"), "csrf"),
    }
    assert editor.post("/watches", data=said).status_code == 422
    assert editor.get("/watches/none").status_code == 404
