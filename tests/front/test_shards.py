"""Shards of two encoders are refused at the start."""

import asyncio

import pytest

import engine
from engine.client import AsyncClient
from engine.encoding.hashing import HashingEncoder
from engine.errors import MismatchError
from engine.front.shards import AllShards
from tests.front.cases import Switch, gone, url


def test_shards_of_two_encoders_are_refused(tmp_path, parts):
    feed = parts[1] / "feed.jsonl"
    with engine.open(tmp_path / "base", encoder=HashingEncoder(dim=128)) as base:
        base.nightly([feed])
    switches = [Switch(folder) for folder in (parts[0], tmp_path)]
    live = [switch.app.state.services.live for switch in switches]
    for one in live:
        one.follow()

    async def start():
        clients = {
            url(at): AsyncClient(url(at), transport=one) for at, one in enumerate(switches)
        }
        shards = AllShards(clients, 60.0)
        with pytest.raises(MismatchError, match=f"{url(1)}: its encoder is"):
            await shards.expect_one_encoder()
        switches[1].handler = gone
        await shards.expect_one_encoder()  # it is missing, which is said later
        await shards.close()

    asyncio.run(start())
    for one in live:
        one.close()
