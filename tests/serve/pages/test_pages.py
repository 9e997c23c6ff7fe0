"""The pages without a browser: what they show, and whom they let change it."""

import re

import pytest

import engine
from engine.serve.pages.rendering import delay, local_path
from tests.jobs.night_cases import by_words, ids_of
from tests.serve.pages.conftest import SECRET


def field(page, name):
    return re.findall(rf'name="{name}" value="([^"]*)"', page.text)[0]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/?which=all",
        "/search",
        "/search?q=bridge",
        "/matters",
        "/night",
        "/watches",
        "/base",
        "/label",
        "/sign-in",
    ],
)
@pytest.mark.parametrize("language", ["en", "nl"])
def test_every_page_answers_in_every_language(client, path, language):
    page = client.get(path, headers={"Accept-Language": language})
    assert page.status_code == 200
    assert f'<html lang="{language}">' in page.text
    assert "<script>" not in page.text
    assert " style=" not in page.text


def test_the_language_that_was_chosen_stays(client):
    client.get("/language/nl?back=/base")
    assert client.get("/", headers={"Accept-Language": "en"}).text.count("Vandaag")


def test_today_filters_by_language_outlet_day_and_words(client):
    def n_stories(query):
        return client.get(f"/?which=all&{query}").text.count('<li class="item">')

    assert n_stories("") == 2
    assert n_stories("words=robbers") == 1
    assert n_stories("outlet=weekly") == 2
    assert n_stories("day=2023-05-11") == 2
    assert n_stories("day=2023-05-12") == 0
    assert n_stories("language=English&words=mayor+nobody") == 0
    assert client.get("/?day=yesterday").status_code == 422
    assert client.get("/?outlet=nobody").status_code == 404


def test_a_story_folds_copies_and_says_what_was_added(client, small):
    with engine.open(small) as base:
        story = ids_of(base)["r1"]
    page = client.get(f"/stories/{story}").text
    assert "began with 2 articles" in page
    assert page.count('type="checkbox"') == 0  # nobody is signed in


def test_a_summary_is_made_when_it_is_asked_for(client, small):
    with engine.open(small) as base:
        story = base.story(ids_of(base)["r1"])
        quoted = base.summary(story).sentences
    assert 'class="summary"' not in client.get(f"/stories/{story.id}").text
    page = client.get(f"/stories/{story.id}?summary=true").text
    shown = page[page.index('class="summary"') :]
    assert quoted
    assert all(f'href="/articles/{one.article}"' in shown for one in quoted)


def test_an_id_is_found_as_well_as_an_address(client):
    for asked in ("b2", "https://example.org/b2"):
        assert "Searching for the stored article" in client.get("/search", params={"q": asked}).text
    assert (
        "read as English"
        in client.get("/search", params={"q": "the bridge that has fallen into the river"}).text
    )


def test_a_search_that_cannot_be_asked_says_so_on_its_page(client):
    page = client.get("/search?q=bridge&language=klingonese")
    assert page.status_code == 422
    assert "klingonese" in page.text


def test_what_is_not_there_is_a_page_too(client):
    page = client.get("/stories/s-none")
    assert page.status_code == 404
    assert "there is no story with id" in page.text
    assert page.headers["content-type"].startswith("text/html")


def test_nobody_corrects_without_a_token_or_a_form_of_ours(client, small):
    with engine.open(small) as base:
        before = ids_of(base)
    story = before["b1"]
    path = f"/stories/{story}/merge"
    assert client.post(path, data={"other": before["r1"]}).status_code in {401, 403}
    client.post("/session", data={"token": SECRET})
    assert client.post(path, data={"other": before["r1"], "csrf": "guessed"}).status_code == 403
    with engine.open(small) as base:
        assert ids_of(base) == before


def test_a_merge_is_shown_at_once_and_undone_by_its_button(editor, small):
    with engine.open(small) as base:
        before = ids_of(base)
    page = editor.get(f"/stories/{before['b1']}")
    said = {"other": before["r1"], "csrf": field(page, "csrf")}
    merged = editor.post(f"/stories/{before['b1']}/merge", data=said)
    assert merged.url.query == b"done=merge"
    assert "Merged." in merged.text
    assert "5 articles" in merged.text
    (undo,) = re.findall(r"/corrections/\d+/undo", merged.text)
    editor.post(undo, data={"csrf": said["csrf"], "back": "https://elsewhere.example/"})
    with engine.open(small, clusterer=by_words) as base:
        assert ids_of(base) == before


def test_forms_that_name_nothing_are_refused(editor, small):
    with engine.open(small) as base:
        story = ids_of(base)["b1"]
    said = {"csrf": field(editor.get("/label"), "csrf")}
    assert editor.post(f"/stories/{story}/split", data=said).status_code == 422
    assert editor.post(f"/stories/{story}/move", data=said | {"article": "b1"}).status_code == 422


def test_an_answer_is_kept_and_its_pair_not_asked_again(editor, small):
    page = editor.get("/label")
    said = {name: field(page, name) for name in ("a", "b", "csrf")}
    editor.post("/label", data=said | {"answer": "no"})
    with engine.open(small) as base:
        (label,) = base.answers()
    assert (label.a, label.b, label.same_event) == (said["a"], said["b"], False)
    after = editor.get("/label")
    assert 'name="a"' not in after.text or {field(after, "a"), field(after, "b")} != label.pair


@pytest.mark.parametrize(
    ("back", "path"),
    [
        ("/stories/s-1?headline=nl", "/stories/s-1?headline=nl"),
        ("https://elsewhere.example/", "/"),
        ("//elsewhere.example/", "/"),
        ("/\\elsewhere.example", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_nobody_is_sent_elsewhere(back, path):
    assert local_path(back) == path


def test_delays_are_told_in_the_unit_that_suits_them():
    assert [delay(hours) for hours in (0.5, 1.5, 6, 30, 72)] == [
        ("min", "30"),
        ("h", "1.5"),
        ("h", "6"),
        ("h", "30"),
        ("d", "3"),
    ]


def test_a_day_without_news_shows_what_there_is(client, small):
    with engine.open(small) as base:
        base.cluster()
    client.app.state.services.live.follow()
    page = client.get("/").text
    assert page.count('<li class="item">') == 2
    assert "Nothing is new since the night before" in page
