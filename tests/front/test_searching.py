"""What is found over several bases is what each of them finds, in one order."""

import json

import pytest

import engine
from tests.front.cases import FIRST, SECOND, fronting, gone, silence, url
from tests.jobs.cases import BRIDGE, ROBBERY, line
from tests.serve.cases import publish

TEXT = "the ferry and the bridge: passengers were saved after heavy rain"


def own_hits(parts, text, **options):
    found = []
    for folder in parts:
        with engine.open(folder / "base") as base:
            found += base.similar(text, **options)
    return found


def test_hits_by_cosine_are_those_of_all_bases_in_one_order(client, parts):
    wanted = sorted(own_hits(parts, TEXT, mode="dense", k=5), key=lambda hit: -hit.cosine)[:5]
    asked = {"text": TEXT, "mode": "dense", "k": 5}
    answer = client.get("/v1/similar", params=asked).json()
    (hits,) = answer["hits"]
    assert {hit.article.id for hit in wanted} & set(FIRST)
    assert {hit.article.id for hit in wanted} & set(SECOND)
    assert [(hit["article"]["id"], hit["cosine"]) for hit in hits] == [
        (hit.article.id, hit.cosine) for hit in wanted
    ]
    assert answer["shards"] == {"asked": 2, "answered": 2, "missing": []}
    assert len(answer["generation"].split(",")) == 2


def test_hits_by_event_have_the_likely_ones_first_and_many_are_asked_at_once(client):
    queries = [{"text": BRIDGE}, {"text": ROBBERY}]
    answer = client.post("/v1/similar", json={"queries": queries, "k": 3}).json()
    assert [hits[0]["article"]["id"] for hits in answer["hits"]] == ["b1", "r1"]
    chances = [hit["probability"] for hit in answer["hits"][0]]
    assert chances == sorted(chances, reverse=True)
    assert {hit["row"] for hits in answer["hits"] for hit in hits} == {-1}


def test_an_article_is_asked_by_its_id_wherever_it_is(client):
    answer = client.post("/v1/similar", json={"queries": [{"id": "b1"}, {"id": "f1"}], "k": 2})
    first, second = answer.json()["hits"]
    assert first[0]["article"]["id"] == "b2"
    assert {hit["article"]["id"] for hit in second} == {"f2", "f3"}
    assert client.get("/v1/similar", params={"id": "none"}).status_code == 404


def test_an_article_that_is_not_indexed_yet_is_told(tmp_path, parts):
    publish(tmp_path, {"w1": ROBBERY})
    feed = tmp_path / "later.jsonl"
    feed.write_text(line("later", BRIDGE))
    with engine.open(tmp_path / "base") as base:
        base.ingest([feed])
    with fronting(parts[0], tmp_path) as (client, _):
        refused = client.get("/v1/similar", params={"id": "later"})
    assert refused.status_code == 404
    assert "not indexed yet" in refused.json()["detail"]


def test_the_story_of_a_text_is_the_likeliest_of_all(client):
    answer = client.post("/v1/event", json={"queries": [{"text": BRIDGE}, {"text": ROBBERY}]})
    bridge, robbery = answer.json()["matches"]
    assert (bridge["story"]["n_articles"], bridge["hit"]["article"]["id"]) == (3, "b1")
    assert (robbery["story"]["n_articles"], robbery["hit"]["article"]["id"]) == (2, "r1")
    assert client.get("/v1/event", params={"id": "r1"}).json()["matches"][0]["story"]


def test_words_are_not_compared_between_bases(client):
    refused = client.get("/v1/similar", params={"text": TEXT, "mode": "lexical"})
    assert refused.status_code == 422
    assert "'lexical'" in refused.json()["detail"]
    assert client.get("/v1/similar", params={"text": TEXT, "since": "never"}).status_code == 422


def test_an_outlet_that_one_base_does_not_know_is_none_of_its_articles(tmp_path, parts):
    publish(tmp_path, {"w1": ROBBERY}, source="Weekly")
    with fronting(parts[0], tmp_path) as (client, _):
        found = client.get("/v1/similar", params={"text": ROBBERY, "sources": "Weekly"}).json()
        assert [hit["article"]["id"] for hit in found["hits"][0]] == ["w1"]
        assert found["shards"]["answered"] == 2
        none = client.get("/v1/similar", params={"text": ROBBERY, "sources": "Monthly"})
        assert none.status_code == 404


def test_a_missing_shard_is_said_and_the_others_answer(served):
    client, (first, _) = served
    first.handler = gone
    answer = client.get("/v1/similar", params={"text": ROBBERY, "k": 2})
    shards = answer.json()["shards"]
    assert (shards["asked"], shards["answered"]) == (2, 1)
    assert [one["url"] for one in shards["missing"]] == [url(0)]
    assert "nobody is there" in shards["missing"][0]["why"]
    assert json.loads(answer.headers["Engine-Shards"]) == shards
    assert answer.json()["hits"][0][0]["article"]["id"] == "r1"


def test_who_wants_all_of_them_is_told_which_is_missing(served):
    client, (first, second) = served
    first.handler = gone
    refused = client.get("/v1/similar", params={"text": ROBBERY, "complete": True})
    assert refused.status_code == 503
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert url(0) in refused.json()["detail"]
    assert refused.json()["shards"]["missing"][0]["url"] == url(0)
    # The article may be in the shard that is missing.
    assert client.get("/v1/similar", params={"id": "b1"}).status_code == 503
    second.handler = gone
    assert client.get("/v1/similar", params={"text": ROBBERY}).status_code == 503


def test_a_slow_shard_is_waited_for_until_the_deadline(parts):
    with fronting(*parts, deadline=3.0) as (client, (first, _)):
        client.get("/v1/similar", params={"text": ROBBERY})
        first.handler = silence
        answer = client.get("/v1/similar", params={"text": ROBBERY}).json()
        assert answer["shards"]["missing"] == [
            {"url": url(0), "why": "it did not answer within 3 s"}
        ]
        assert answer["hits"][0][0]["article"]["id"] == "r1"


@pytest.mark.parametrize("path", ["/v1/similar", "/v1/event"])
def test_a_shard_of_another_encoder_is_no_part_of_an_answer(served, path):
    client, (_, second) = served
    client.get(path, params={"text": ROBBERY})

    async def other(request):
        answer = await second._inside.handle_async_request(request)
        content = json.loads(await answer.aread())
        return type(answer)(200, json=content | {"fingerprint": "another"})

    second.handler = other
    answer = client.get(path, params={"text": ROBBERY}).json()
    (missing,) = answer["shards"]["missing"]
    assert missing["url"] == url(1)
    assert "its encoder is another" in missing["why"]
    assert client.get("/v1/shards").json()["missing"] == [missing]
