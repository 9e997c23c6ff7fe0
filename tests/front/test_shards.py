"""Shards of one encoder and centring answer as one base does; those of two are refused."""

import asyncio

import pytest

import engine
from engine.client import AsyncClient
from engine.encoding.hashing import HashingEncoder
from engine.errors import MismatchError
from engine.front.shards import AllShards
from tests.front.cases import FIRST, SECOND, Switch, fronting, gone, url
from tests.serve.cases import publish

QUESTIONS = ("a bridge collapsed", "robbers in a museum", "a ferry with passengers", "cake")


def test_shards_of_two_encoders_are_refused(tmp_path, parts):
    feed = parts[1] / "feed.jsonl"
    with engine.open(tmp_path / "base", encoder=HashingEncoder(dim=128)) as base:
        base.nightly([feed])
    switches = [Switch(folder) for folder in (parts[0], tmp_path)]
    live = [switch.app.state.services.live for switch in switches]
    for one in live:
        one.follow()

    async def start():
        clients = {url(at): AsyncClient(url(at), transport=one) for at, one in enumerate(switches)}
        shards = AllShards(clients, 60.0)
        with pytest.raises(MismatchError, match=f"{url(1)}: its encoder is"):
            await shards.expect_one_encoder()
        switches[1].handler = gone
        await shards.expect_one_encoder()  # it is missing, which is said later
        await shards.close()

    asyncio.run(start())
    for one in live:
        one.close()


@pytest.fixture(scope="module")
def whole_and_parts(tmp_path_factory):
    """Return a base, and three with a third of its articles each, which took its centring."""
    whole, *folders = [tmp_path_factory.mktemp(name) for name in ("whole", "one", "two", "three")]
    texts = FIRST | SECOND
    publish(whole, texts)
    for number, folder in enumerate(folders):
        publish(
            folder, {id_: text for at, (id_, text) in enumerate(texts.items()) if at % 3 == number}
        )
        with engine.open(folder / "base") as base:
            base.rebuild(centring_of=whole / "base")
    return whole, folders


def test_shards_with_another_centring_are_told(whole_and_parts, parts):
    _, folders = whole_and_parts
    switches = [Switch(folder) for folder in (*folders[:2], parts[0])]
    live = [switch.app.state.services.live for switch in switches]
    for one in live:
        one.follow()

    async def start():
        clients = {url(at): AsyncClient(url(at), transport=one) for at, one in enumerate(switches)}
        shards = AllShards(clients, 60.0)
        assert await shards.expect_one_encoder() == [url(2)]
        switches[2].handler = gone
        assert await shards.expect_one_encoder() == []
        await shards.close()

    asyncio.run(start())
    for one in live:
        one.close()


@pytest.mark.parametrize("n_parts", [2, 3])
def test_parts_that_share_a_centring_find_what_the_whole_base_finds(whole_and_parts, n_parts):
    whole, folders = whole_and_parts
    away = {id_ for at, id_ in enumerate(FIRST | SECOND) if at % 3 >= n_parts}
    queries = [{"text": text} for text in QUESTIONS]
    asked = {"queries": queries, "mode": "dense", "k": 9, "fold": False}
    with fronting(whole) as (client, _):
        wanted = cosines(client.post("/v1/similar", json=asked).json())
    with fronting(*folders[:n_parts]) as (client, _):
        found = cosines(client.post("/v1/similar", json=asked).json())
    assert found == [[one for one in hits if one[0] not in away] for hits in wanted]
    assert all(len(hits) == 9 - len(away) for hits in found)


def cosines(answer):
    return [[(hit["article"]["id"], hit["cosine"]) for hit in hits] for hits in answer["hits"]]
