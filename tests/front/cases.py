"""Small bases that are served beside each other, and a front that answers for them."""

import asyncio
from contextlib import ExitStack, contextmanager

import httpx2
from fastapi.testclient import TestClient

from engine.client import AsyncClient
from engine.front.app import create_front
from engine.front.settings import FrontSettings
from engine.front.shards import AllShards
from engine.serve.app import create_app
from engine.serve.settings import Settings
from tests.jobs.cases import BRIDGE, ROBBERY
from tests.serve.cases import HERE, MANY, TOKENS

FIRST = {
    "b1": BRIDGE,
    "b2": BRIDGE + " Nobody was hurt.",
    "b3": "Heavy rain: the stone bridge over the Elm collapsed on Monday.",
    "alone": "A quiet village festival opened with music and cake.",
}
SECOND = {
    "r1": ROBBERY,
    "r2": ROBBERY + " Police search for the robbers.",
    "f1": "A ferry ran aground off the northern islands, and all passengers were saved.",
    "f2": "A ferry ran aground off the northern islands, and passengers were saved by boats.",
    "f3": "All passengers were saved as a ferry ran aground off the northern islands.",
}


def url(number):
    """Return the address of a shard; its server is asked in this process."""
    return f"http://localhost:{9000 + number}"


async def silence(_):
    """Answer nothing, ever."""
    await asyncio.sleep(3600)


async def gone(_):
    """Be a machine that is off."""
    raise httpx2.ConnectError("nobody is there")


class Switch(httpx2.AsyncBaseTransport):
    """Asks the server of a base in this process, until `handler` answers instead."""

    def __init__(self, folder):
        self.app = create_app(Settings(folder / "base", tokens=TOKENS, limits=MANY))
        self.handler = None
        self._inside = httpx2.ASGITransport(self.app)

    async def handle_async_request(self, request):
        if self.handler is None:
            return await self._inside.handle_async_request(request)
        return await httpx2.MockTransport(self.handler).handle_async_request(request)


@contextmanager
def fronting(*folders, deadline=60.0, **options):
    """Give a client of a front over the bases in `folders`, and what leads to each of them."""
    with ExitStack() as held:
        switches = [Switch(folder) for folder in folders]
        for switch in switches:
            live = switch.app.state.services.live
            live.follow()
            held.callback(live.close)
        clients = {
            url(number): AsyncClient(url(number), transport=switch)
            for number, switch in enumerate(switches)
        }
        shards = AllShards(clients, deadline)
        settings = FrontSettings(list(clients), deadline=deadline, limits=MANY, **options)
        app = create_front(settings, shards)
        yield held.enter_context(TestClient(app, base_url=HERE)), switches
