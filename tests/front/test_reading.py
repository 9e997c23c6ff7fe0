"""Lists go through all bases once, and what one base has is asked of all."""

import base64
import json

import pytest

import engine
from engine.client import Client
from engine.errors import ListChangedError
from tests.front.cases import fronting, gone, url
from tests.serve.cases import HERE, READ, STORIES, TOKENS, bearer, publish


def stories_of(parts):
    found = []
    for folder in parts:
        with engine.open(folder / "base") as base:
            found += base.stories()
    return found


def pages(client, limit, **params):
    cursor, found = None, []
    while True:
        asked = {"limit": limit, **params} | ({} if cursor is None else {"cursor": cursor})
        answer = client.get("/v1/stories", params=asked)
        assert answer.status_code == 200, answer.text
        found.append(answer.json()["items"])
        cursor = answer.json()["cursor"]
        if cursor is None:
            return found


@pytest.fixture(scope="module")
def three(tmp_path_factory, parts):
    """Return three bases; the third has many stories of two articles."""
    folder = tmp_path_factory.mktemp("third")
    things = ["lantern", "saddle", "turbine", "orchard", "kettle", "quarry", "violin", "glacier"]
    texts = {
        f"{thing}{number}": f"The {thing} {thing}s of {thing}ville: a {thing} fell. {end}"
        for thing in things
        for number, end in enumerate(("", "Nobody was hurt."))
    }
    publish(folder, texts)
    return [*parts, folder]


@pytest.mark.parametrize("limit", [1, 2, 3, 50])
@pytest.mark.parametrize("order", ["largest", "newest"])
def test_paging_visits_each_story_of_all_bases_once_in_one_order(three, limit, order):
    wanted = stories_of(three)
    with fronting(*three) as (client, _):
        found = [story for page in pages(client, limit, order=order) for story in page]
    assert sorted(story["id"] for story in found) == sorted(story.id for story in wanted)
    assert len(found) >= 10
    if order == "largest":
        sizes = [story["n_articles"] for story in found]
        assert sizes == sorted(sizes, reverse=True)
    else:
        ends = [story["ended"] for story in found]
        assert ends == sorted(ends, reverse=True)


def test_the_client_pages_a_front_as_it_does_a_base(served, parts):
    with Client(HERE, transport=served[0]._transport) as client:
        page = client.outlines(limit=1)
        assert page.shards is not None
        assert page.shards.answered == 2
        after = client.outlines(limit=50, cursor=page.cursor)
        assert len((*page.items, *after.items)) == len(stories_of(parts))
        with pytest.raises(engine.InputError, match="no cursor"):
            client.outlines(cursor="AAAA")


def test_a_list_that_changed_is_begun_again(tmp_path, parts):
    publish(tmp_path, STORIES)
    with fronting(parts[1], tmp_path) as (client, (_, second)):
        cursor = client.get("/v1/stories", params={"limit": 1}).json()["cursor"]
        part = client.get("/v1/stories", params={"limit": 1, "cursor": cursor}).json()
        publish(tmp_path, {"c1": "A comet was seen over the northern hills on Tuesday night."})
        second.app.state.services.live.follow()
        asked = {"limit": 1, "cursor": part["cursor"]}
        status = client.get("/v1/stories", params=asked).status_code
        assert status == 410
        with (
            Client(HERE, transport=client._transport) as typed,
            pytest.raises(ListChangedError, match="begin again"),
        ):
            typed.outlines(limit=1, cursor=part["cursor"])


def test_a_list_goes_on_with_the_shards_that_it_began_with(served):
    client, (_, second) = served
    second.handler = gone
    part = client.get("/v1/stories", params={"limit": 1}).json()
    assert [one["url"] for one in part["shards"]["missing"]] == [url(1)]
    second.handler = None
    whole = client.get("/v1/stories", params={"limit": 1}).json()
    second.handler = gone
    lost = client.get("/v1/stories", params={"limit": 1, "cursor": whole["cursor"]})
    assert lost.status_code == 503
    assert lost.json()["shards"]["missing"][0]["url"] == url(1)
    second.handler = None
    again = client.get("/v1/stories", params={"limit": 50, "cursor": whole["cursor"]})
    assert again.status_code == 200


def test_a_shard_that_was_missing_at_first_stays_so_for_the_list(three):
    with fronting(three[0], three[2]) as (client, (first, _)):
        first.handler = gone
        part = client.get("/v1/stories", params={"limit": 1}).json()
        first.handler = None
        after = client.get("/v1/stories", params={"limit": 1, "cursor": part["cursor"]}).json()
    (missing,) = after["shards"]["missing"]
    assert missing["url"] == url(0)
    assert "began" in missing["why"]


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"[1, [], {}]", 410),
        (b"[]", 422),
        (b"[" * 9000, 422),
        (b'{"a": 1}', 422),
        (b"\xff", 422),
    ],
)
def test_what_is_no_cursor_is_refused(client, content, status):
    cursor = base64.urlsafe_b64encode(content).decode()
    assert client.get("/v1/stories", params={"cursor": cursor}).status_code == status


def test_a_cursor_that_was_tampered_with_is_refused(three):
    with fronting(*three) as (client, _):
        cursor = client.get("/v1/stories", params={"limit": 1}).json()["cursor"]
        known, absent, places = json.loads(base64.urlsafe_b64decode(cursor))
        for wrong in ({"9": [None, 0]}, {"0": [None, -1]}, {"0": [None]}, {"0": [5, 0]}, [3]):
            content = json.dumps([known, absent, wrong]).encode()
            asked = {"cursor": base64.urlsafe_b64encode(content).decode()}
            assert client.get("/v1/stories", params=asked).status_code == 422
        assert places


def test_what_one_base_has_is_found(client, parts):
    for story in stories_of(parts):
        address = f"/v1/stories/{story.id}"
        assert client.get(address).json()["article_ids"] == list(story.article_ids)
        articles = client.get(f"{address}/articles", params={"limit": 1}).json()
        rest = client.get(f"{address}/articles", params={"cursor": articles["cursor"]}).json()
        own = [one["id"] for one in articles["items"] + rest["items"]]
        assert sorted(own) == sorted(story.article_ids)
        assert client.get(f"{address}/history").json()["events"]
    assert client.get("/v1/articles/r1").json()["article"]["id"] == "r1"
    asked = {"id": ["r1", "none", "b1"]}
    assert list(client.get("/v1/articles", params=asked).json()) == ["r1", "b1"]


def test_what_none_has_is_not_found_and_what_a_missing_one_may_have_is_not_known(served):
    client, (first, _) = served
    for address in ("/v1/stories/none", "/v1/articles/none"):
        assert client.get(address).status_code == 404
        first.handler = gone
        unknown = client.get(address)
        assert unknown.status_code == 503
        assert unknown.json()["shards"]["missing"][0]["url"] == url(0)
        first.handler = None
    first.handler = gone
    there = client.get("/v1/articles/r1")
    assert there.status_code == 200
    assert json.loads(there.headers["Engine-Shards"])["answered"] == 1
    assert client.get("/v1/articles/r1", params={"complete": True}).status_code == 503


def test_it_is_ready_while_a_shard_answers(served):
    client, switches = served
    assert client.get("/v1/health").json()["ready"] is False  # none was asked yet
    assert client.get("/v1/ready").json()["ready"] is True
    assert client.get("/v1/shards").json() == {"asked": 2, "answered": 2, "missing": []}
    switches[0].handler = gone
    assert client.get("/v1/ready").status_code == 200
    assert client.get("/v1/shards").json()["answered"] == 1
    assert "engine_shards_missing 1.0" in client.get("/v1/metrics").text
    switches[1].handler = gone
    assert client.get("/v1/ready").status_code == 503
    assert client.get("/v1/health").status_code == 200
    assert url(0) not in client.get("/v1/ready").text


def test_others_need_a_token(parts):
    with fronting(*parts, host="0.0.0.0", tokens=TOKENS) as (client, _):
        assert client.get("/v1/stories").status_code == 401
        assert client.get("/v1/stories", headers=bearer("x" * 24)).status_code == 401
        assert client.get("/v1/stories", headers=bearer(READ)).status_code == 200
        assert client.get("/v1/health").status_code == 200


def test_its_description_names_what_it_answers(client):
    described = client.get("/v1/openapi.json").json()
    assert set(described["paths"]["/v1/similar"]) == {"get", "post"}
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            problem = operation["responses"]["default"]["content"]
            assert "application/problem+json" in problem, (method, path)
