"""Running a front until it is told to stop."""

from __future__ import annotations

import asyncio
import logging

from engine.front.app import create_front
from engine.front.settings import FrontSettings
from engine.front.shards import AllShards
from engine.serve.running import listen

log = logging.getLogger(__name__)


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
    shards.fingerprint, apart = asyncio.run(_one_encoder(settings))
    for url in apart:
        log.warning(
            "%s has means of languages of its own, so its cosines compare less well with those of "
            "the others; run 'engine rebuild --centring-of' there",
            url,
        )
    listen(create_front(settings, shards), settings, settings.tokens)


async def _one_encoder(settings: FrontSettings) -> tuple[str, list[str]]:
    """Return the fingerprint of all shards, and which of them have another centring."""
    asked = AllShards.of(settings)  # of its own: connections belong to the loop that opened them
    try:
        apart = await asked.expect_one_encoder()
    finally:
        await asked.close()
    return asked.fingerprint, apart
