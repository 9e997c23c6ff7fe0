"""Running a front until it is told to stop."""

from __future__ import annotations

import asyncio

from engine.front.app import create_front
from engine.front.settings import FrontSettings
from engine.front.shards import AllShards
from engine.serve.running import listen


def run(settings: FrontSettings) -> None:
    """Answer for many servers until the process is told to stop.

    Raises
    ------
    InputError
        Others could reach it and there is no token that lets them in.
    MismatchError
        Two shards that answer now have different encoders.
    """
    shards = AllShards.of(settings)
    shards.fingerprint = asyncio.run(_one_encoder(settings))
    listen(create_front(settings, shards), settings, settings.tokens)


async def _one_encoder(settings: FrontSettings) -> str:
    asked = AllShards.of(settings)  # of its own: connections belong to the loop that opened them
    try:
        await asked.expect_one_encoder()
    finally:
        await asked.close()
    return asked.fingerprint
