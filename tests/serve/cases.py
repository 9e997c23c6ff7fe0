"""A small base that is served, and what is sent to it."""

from contextlib import contextmanager

from fastapi.testclient import TestClient

import engine
from engine.jobs.base.setup import SHIPPED
from engine.serve.app import create_app
from engine.serve.settings import Limits, Settings
from engine.serve.tokens import of_environment
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY, line

HERE = "http://localhost"
"""What a browser on the machine calls the server."""

READ, CORRECT, ADMIN = ("r" * 24, "c" * 24, "a" * 24)
TOKENS = of_environment(f"read:{READ} correct:{CORRECT} admin:{ADMIN}")

MANY = Limits(per_minute=1_000_000, seconds=60.0)  # however busy the machine is

STORIES = {
    "b1": BRIDGE,
    "b2": BRIDGE + " Nobody was hurt.",
    "b3": "Heavy rain: the stone bridge over the Elm collapsed on Monday.",
    "r1": ROBBERY,
    "r2": ROBBERY + " Police search for the robbers.",
    "alone": "A quiet village festival opened with music and cake.",
}


def publish(folder, texts, **fields):
    """Take texts in and do a night."""
    feed = folder / "feed.jsonl"
    feed.write_text("\n".join(line(id_, text, **fields) for id_, text in texts.items()))
    with engine.open(folder / "base") as base:
        return base.nightly([feed], spec=HASHING)


@contextmanager
def serving(folder, *, limits=MANY, setup=SHIPPED, **options):
    """Give a client of the server of the base in `folder`, which it has opened."""
    app = create_app(
        Settings(folder / "base", tokens=TOKENS, limits=limits, setup=setup, **options)
    )
    with TestClient(app, base_url=HERE) as client:
        app.state.services.live.follow()
        yield client


def bearer(token):
    return {"Authorization": f"Bearer {token}"}
