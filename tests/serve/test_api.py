"""The API answers with the values of the base, in parts, and only what has changed."""

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

import engine
from engine.disk.lock import writing
from engine.domain import Value
from engine.jobs.lookup.history import in_time
from tests.jobs.cases import line
from tests.serve.cases import ADMIN, CORRECT, STORIES, bearer, publish, serving


def as_sent(value):
    """Return a value of the base as the server sends it: times end in Z."""
    text = json.dumps(Value.to_dict(value), default=str)
    return json.loads(text.replace("+00:00", "Z"))


def test_stories_are_those_of_the_base(client, folder, ids):
    with engine.open(folder / "base") as base:
        wanted = base.outlines()
        assert client.get("/v1/stories").json() == {
            "items": [as_sent(story) for story in wanted],
            "cursor": None,
            "shards": None,
        }
        story = base.story(ids["r1"])
    assert client.get(f"/v1/stories/{ids['r1']}").json() == as_sent(story)
    found = client.get("/v1/stories", params={"words": "bridge", "since": "2023-05"}).json()
    assert [story["id"] for story in found["items"]] == [ids["b1"]]
    articles = client.get(f"/v1/stories/{ids['b1']}/articles").json()["items"]
    assert {article["id"] for article in articles} == {"b1", "b2", "b3"}
    assert client.get(f"/v1/stories/{ids['b1']}/matter").json() == {
        "shown": [],
        "more": [],
        "matter": "",
    }
    independence = client.get(f"/v1/stories/{ids['b1']}/independence").json()
    assert independence["n_outlets"] == 1
    summary = client.get(f"/v1/stories/{ids['b1']}/summary").json()
    assert summary["sentences"][0]["text"] in STORIES["b1"]
    history = client.get(f"/v1/stories/{ids['b1']}/history").json()
    assert [event["kind"] for _, event in history["events"]] == ["born"]


def test_only_a_story_itself_has_its_articles(client, ids):
    shown = client.get(f"/v1/stories/{ids['b1']}").json()
    assert set(shown["article_ids"]) == {"b1", "b2", "b3"}
    assert len(shown["origins"]) == len(shown["strengths"]) == 3
    asked = ["stories", "matters", "breaking", "event?id=b1", "articles/b1"]
    for address in (*asked, f"stories/{ids['b1']}/matter"):
        answer = client.get(f"/v1/{address}")
        assert answer.status_code == 200
        assert "article_ids" not in answer.text
        assert "strengths" not in answer.text


def test_articles_of_a_story_come_in_order_of_time_whatever_the_part(folder):
    texts = {"u": "undated", "l": "2023-05-12T10:00:00Z", "e": "2023-05-09T10:00:00Z"}
    for id_, at in texts.items():
        later = f"{STORIES['b1']} Told by {id_}."
        publish(folder, {id_: later}, published_at=None if at == "undated" else at)
    with serving(folder) as client, engine.open(folder / "base") as base:
        (story,) = [one for one in base.stories() if "b1" in one.article_ids]
        wanted = [one.id for one in in_time(base.articles(story.article_ids).values())]
        assert set(texts) <= set(wanted)
        found: list[str] = []
        cursor = None
        while not found or cursor:
            asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
            page = client.get(f"/v1/stories/{story.id}/articles", params=asked).json()
            found += [one["id"] for one in page["items"]]
            cursor = page["cursor"]
    assert found == wanted


def test_headlines_are_in_the_language_that_the_base_wants(folder):
    dutch = "De stenen brug over de Elm is maandag ingestort na zware regen."
    publish(folder, {"n1": dutch, "n2": f"{dutch} Niemand raakte gewond."}, language="nl")
    with engine.open(folder / "base") as base:
        own = {id_: story.id for story in base.stories() for id_ in story.article_ids}
        if own["n1"] != own["b1"]:
            base.merge([own["n1"], own["b1"]])
        base.tell_in("nl")
        wanted = base.story(own["b1"])
        assert wanted.headline.startswith("De stenen brug")
        listed = base.outlines()
    with serving(folder) as client:
        items = client.get("/v1/stories").json()["items"]
        assert items == [as_sent(one) for one in listed]
        assert client.get(f"/v1/stories/{wanted.id}").json() == as_sent(wanted)
        assert wanted.headline in client.get("/v1/feeds/stories.json").text


def test_a_list_comes_in_parts_until_it_changes(client, folder):
    first = client.get("/v1/stories", params={"limit": 1}).json()
    asked = {"limit": 1, "cursor": first["cursor"]}
    second = client.get("/v1/stories", params=asked).json()
    assert second["cursor"] is None
    assert first["items"][0]["id"] != second["items"][0]["id"]
    publish(folder, {"c1": "A comet was seen over the northern hills on Tuesday night."})
    client.app.state.services.live.follow()
    assert client.get("/v1/stories", params=asked).status_code == 410
    assert client.get("/v1/stories", params={"cursor": "!"}).status_code == 422


def test_an_answer_that_is_known_is_not_sent_again(client, folder, ids):
    address = f"/v1/stories/{ids['b1']}"
    tag = client.get(address).headers["ETag"]
    again = client.get(address, headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", tag)
    publish(folder, {"b1": BRIDGE_EDITED})
    # The edit is there before the generation is followed, and the tag says so.
    assert client.get(address, headers={"If-None-Match": tag}).status_code == 200


def test_a_page_that_is_kept_is_made_again_after_an_edit(client, folder, ids):
    page = f"/stories/{ids['b1']}"
    assert "Elm bridge fell" not in client.get(page).text
    (folder / "edit.jsonl").write_text(line("b1", STORIES["b1"], title="Elm bridge fell"))
    with engine.open(folder / "base") as base:
        base.ingest([folder / "edit.jsonl"])
    assert "Elm bridge fell" in client.get(page).text


def test_an_answer_changes_with_the_owners_of_outlets(client, folder, ids):
    address = f"/v1/stories/{ids['b1']}/independence"
    known = {"If-None-Match": client.get(address).headers["ETag"]}
    assert client.get(address, headers=known).status_code == 304
    with engine.open(folder / "base") as base:
        base.keep_owners("One Owner\tlake.example")
    assert client.get(address, headers=known).status_code == 200


BRIDGE_EDITED = STORIES["b1"] + " The mayor spoke."


def test_one_question_and_many_find_what_the_base_finds(client, folder):
    text = "masked robbers took coins from a museum"
    with engine.open(folder / "base") as base:
        wanted = [as_sent(hit) for hit in base.similar(text, k=3)]
        by_id = [as_sent(hit) for hit in base.similar(base.query(id="b1"), k=3)]
        story = base.match(base.query(id="b1")).story
    one = client.get("/v1/similar", params={"text": text, "k": 3}).json()
    assert one["hits"] == [wanted]
    many = client.post("/v1/similar", json={"queries": [{"text": text}, {"id": "b1"}], "k": 3})
    assert many.json()["hits"] == [wanted, by_id]
    assert many.headers["Engine-Generation"] == many.json()["generation"]
    (found,) = client.get("/v1/event", params={"id": "b1"}).json()["matches"]
    assert found["story"] == (story and as_sent(story))
    assert len(client.post("/v1/embed", json={"texts": ["a bridge"]}).json()["vectors"][0]) == 256


def test_articles(client):
    found = client.get("/v1/articles", params={"id": ["b1", "none"]}).json()
    assert list(found) == ["b1"]
    shown = client.get("/v1/articles/b1").json()
    assert shown["article"] == found["b1"]
    assert shown["story"]["n_articles"] == 3


def test_corrections_are_shown_at_once_and_undone(client, ids):
    may = bearer(CORRECT)
    stories = [ids["b1"], ids["r1"]]
    done = client.post("/v1/corrections/merge", json={"stories": stories}, headers=may)
    assert done.status_code == 200
    merged = client.get(f"/v1/stories/{ids['r1']}").json()
    assert len(merged["article_ids"]) == 5
    assert [said["kind"] for said in client.get("/v1/corrections").json()] == ["together"]
    undone = client.post("/v1/corrections/undo", json={"run": done.json()["run"]}, headers=may)
    assert undone.status_code == 200
    assert len(client.get(f"/v1/stories/{ids['r1']}").json()["article_ids"]) == 2
    split = {"story": ids["b1"], "articles": ["b3"]}
    assert client.post("/v1/corrections/split", json=split, headers=may).status_code == 200
    back = {"story": ids["b1"], "article": "b3"}
    assert client.post("/v1/corrections/move", json=back, headers=may).status_code == 200
    assert (
        client.post("/v1/corrections/pin", json={"article": "b1"}, headers=may).status_code == 200
    )


def test_a_base_that_is_written_to_is_locked(client, folder, ids):
    with writing(client.app.state.services.base.layout, command="nightly"):
        busy = client.post("/v1/corrections/pin", json={"article": "b1"}, headers=bearer(CORRECT))
        assert (busy.status_code, busy.headers["Retry-After"]) == (423, "5")
        assert client.get(f"/v1/stories/{ids['b1']}").status_code == 200


def test_labels_are_asked_and_kept(client, folder):
    pair = client.get("/v1/labels", params={"n": 1}).json()[0]
    said = {"a": pair["a"]["id"], "b": pair["b"]["id"], "same_event": True}
    kept = client.post("/v1/labels", json=said, headers=bearer(CORRECT)).json()
    assert kept == {"label": said, "n_answers": 1}
    left = client.get("/v1/labels", params={"n": 100}).json()
    assert {said["a"], said["b"]} not in [{one["a"]["id"], one["b"]["id"]} for one in left]
    with engine.open(folder / "base") as base:
        assert [label.to_dict() for label in base.answers()] == [said]


def test_nights_rejects_status_and_metrics(client, folder):
    publish(folder, {"bad": ""})
    assert [run["run"] for run in client.get("/v1/nights").json()["items"]] == [1]
    night = client.get("/v1/nights/1")
    assert night.json()["run"]["kind"] == "nightly"
    outlines = client.get("/v1/stories").json()["items"]
    told = {one["story"]["id"]: one for one in night.json()["stories"]}
    assert {id_: one["story"] for id_, one in told.items()} == {one["id"]: one for one in outlines}
    assert {one["news"]["kind"] for one in told.values()} == {"new"}
    assert "body" not in night.text
    (reject,) = client.get("/v1/rejects").json()["items"]
    assert reject["file"] == "feed.jsonl"
    assert client.get("/v1/status").json()["indexes"] == "base"
    text = client.get("/v1/metrics").text
    found = {
        sample.name for family in text_string_to_metric_families(text) for sample in family.samples
    }
    assert {"engine_requests_total", "engine_request_seconds_bucket", "engine_articles"} <= found
    assert 'address="/v1/nights/{run}"' in text


def test_a_server_without_a_base_says_so(tmp_path):
    with pytest.raises(engine.NotFoundError), serving(tmp_path):
        pass


def test_it_is_ready_once_something_is_published(tmp_path):
    publish(tmp_path, {"c1": "A comet was seen over the northern hills."})
    with serving(tmp_path) as client:
        assert client.get("/v1/ready").json()["ready"]
        assert client.get("/v1/health").status_code == 200


def test_an_answer_is_compressed_where_that_is_asked(client):
    plain = client.get("/v1/similar", params={"id": "b1"}, headers={"Accept-Encoding": "identity"})
    packed = client.get("/v1/similar", params={"id": "b1"}, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert packed.json() == plain.json()


def test_a_night_that_was_not_held_is_not_approved(client):
    assert client.post("/v1/nights/1/approve", headers=bearer(ADMIN)).status_code == 404
