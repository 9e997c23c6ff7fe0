"""Watches are added, read, told and removed over the API, by who may."""

from xml.etree import ElementTree as ET

import httpx2
import pytest

import engine
from engine import Watch
from engine.client import Client
from tests.jobs.cases import ROBBERY
from tests.serve.cases import ADMIN, CORRECT, HERE, READ, bearer, publish

ATOM = "{http://www.w3.org/2005/Atom}"
GOLD = {"name": "the gold", "articles": ["r1"]}


def add(client, token=CORRECT, **said):
    return client.post("/v1/watches", json=said, headers=bearer(token))


def one_night(client, folder):
    publish(folder, {"r9": f"{ROBBERY} A reward is offered."}, source="Weekly")
    client.app.state.services.live.follow()


def test_a_watch_is_added_told_fed_and_removed(client, folder):
    added = add(client, **GOLD)
    assert added.status_code == 201
    assert added.json() | GOLD == added.json()
    assert [one["name"] for one in client.get("/v1/watches").json()] == ["the gold"]
    one_night(client, folder)
    new = client.get("/v1/watches/the%20gold/new").json()
    assert [one["id"] for one in new["entries"][0]["articles"]] == ["r9"]
    assert client.get("/v1/watches/the%20gold").json()["entries"] == []
    with engine.open(folder / "base") as base:
        base.tell_watches()
    told = client.get("/v1/watches/the%20gold").json()
    assert told["entries"][0]["articles"] == new["entries"][0]["articles"]
    items = client.get("/v1/feeds/watches/the%20gold.json").json()["items"]
    assert items[0]["url"].startswith("http://localhost/stories/")
    feed = ET.fromstring(client.get("/v1/feeds/watches/the%20gold.atom").content)
    assert len(feed.findall(f"{ATOM}entry")) == 1
    gone = client.delete("/v1/watches/the%20gold", headers=bearer(CORRECT))
    assert gone.json()["name"] == "the gold"
    assert client.get("/v1/watches/the%20gold").status_code == 404


def test_only_who_may_adds_and_removes(client):
    assert client.post("/v1/watches", json=GOLD).status_code == 403
    assert add(client, READ, **GOLD).status_code == 403
    sent = GOLD | {"webhook": "http://10.0.0.1/hook"}
    assert add(client, **sent).status_code == 403
    assert add(client, ADMIN, **sent).json()["ways"] == ["webhook"]
    assert "10.0.0.1" not in client.get("/v1/watches").text
    assert client.delete("/v1/watches/the%20gold").status_code == 403
    assert client.delete("/v1/watches/the%20gold", headers=bearer(READ)).status_code == 403


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"name": "x"}, 422),
        ({"name": "x", "text": "a", "story": "s"}, 422),
        ({"name": "x", "text": "a", "other": 1}, 422),
        ({"name": "a/b", "text": "a"}, 422),
        ({"name": "x", "story": "s-0"}, 404),
        ({"name": "x", "articles": ["none"]}, 404),
    ],
)
def test_what_cannot_be_watched_is_a_problem(client, said, status):
    answer = add(client, **said)
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.get("/v1/watches").json() == []


def test_the_client_says_what_the_base_says(client, folder):
    with (
        Client(HERE, token=ADMIN, transport=client._transport) as asking,
        engine.open(folder / "base") as base,
    ):
        kept = asking.add_watch(Watch("gold", text=ROBBERY), mail=["desk@example.org"])
        assert asking.watches() == [kept] == base.watches()
        one_night(client, folder)
        base.refresh()
        (own,) = base.new_to_watches("gold")
        assert [one.articles for one in asking.new_to_watch("gold").entries] == [
            one.articles for one in own.entries
        ]
        base.tell_watches()
        assert asking.watched("gold") == base.watched("gold")
        assert asking.remove_watch("gold") == kept
        with pytest.raises(engine.NotFoundError):
            asking.watched("gold")
    assert client.get("/v1/feeds/watches/gold.json").status_code == httpx2.codes.NOT_FOUND
