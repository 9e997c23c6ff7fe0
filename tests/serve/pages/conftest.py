"""Servers over small bases and over the sample, and a browser to look at them with."""

import shutil
import socket
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from fastapi.testclient import TestClient

import engine
from engine.jobs.base.setup import Setup
from engine.serve.app import create_app
from engine.serve.settings import Settings
from engine.serve.tokens import of_environment
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY, line
from tests.jobs.night_cases import by_words

SAMPLE = Path(__file__).resolve().parents[3] / "engine" / "sample" / "articles.jsonl"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
SECRET = "a-token-that-only-the-tests-know"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

HOSTILE = """"><svg/onload=alert(1) ' onmouseover='alert(2) {{ 7*7 }} & <"""
SCRIPT = "<scr<script>ipt>alert(3)</scr</script>ipt>"
"""Of what titles and texts may hold; the cleaner takes some of it away."""


@pytest.fixture(scope="module")
def chromium():
    """Return a browser; tests that need one are skipped where there is none."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium: install the package chromium to drive the pages")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def serving(folder, **setup):
    """Serve a base to a browser and give its address; SECRET lets in to everything."""
    app = create_app(settings(folder, **setup))
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="error", ws="none", timeout_graceful_shutdown=2)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            while not server.started:
                time.sleep(0.02)
            app.state.services.live.follow()
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join()


def settings(folder, **setup):
    tokens = of_environment(f"admin:{SECRET}")
    return Settings(Path(folder), tokens=tokens, setup=Setup(**setup))


@pytest.fixture(scope="session")
def sample_folder(tmp_path_factory):
    """Return a base of the sample, made with the encoder that the engine ships with."""
    folder = tmp_path_factory.mktemp("sample") / "base"
    with engine.open(folder) as base:
        base.nightly(SAMPLE)
    return folder


@pytest.fixture(scope="session")
def sample_address(sample_folder):
    """Return where the sample is served to be read."""
    with serving(sample_folder) as address:
        yield address


@pytest.fixture
def small(tmp_path):
    """Return the folder of a base with two stories and one article with a hostile title."""
    feed = tmp_path / "feed.jsonl"
    rows = (
        line("b1", BRIDGE, title=HOSTILE, source=SCRIPT, url="javascript:alert(1)"),
        line(
            "b2",
            f"{SCRIPT}{BRIDGE}. Nobody was hurt.",
            source="Weekly",
            url="https://example.org/b2",
        ),
        line("b3", f"{BRIDGE}. The mayor Adam Fox came.", published_at="2023-05-11T09:00:00Z"),
        line("r1", ROBBERY, published_at="2023-05-11T12:00:00Z"),
        line("r2", f"{ROBBERY}. Police search for the robbers.", source="Weekly"),
    )
    feed.write_text("\n".join(rows), encoding="utf-8")
    with engine.open(tmp_path / "base", clusterer=by_words) as base:
        base.ingest([feed])
        base.rebuild(spec=HASHING)
        base.cluster()
    return tmp_path / "base"


@pytest.fixture
def client(small):
    """Return a client of a server of `small` that nobody is signed in to."""
    app = create_app(settings(small))
    with TestClient(app, base_url="http://localhost") as opened:
        app.state.services.live.follow()  # which a server does beside its first requests
        yield opened


@pytest.fixture
def editor(client):
    """Return the same client, signed in."""
    client.post("/session", data={"token": SECRET})
    return client
