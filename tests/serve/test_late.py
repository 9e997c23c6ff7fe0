"""What the first page does not need is imported after it, and nobody finds it missing."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from engine.serve.late import Late, LateGate

FIRST_PAGE = """
import sys
from pathlib import Path
from fastapi.testclient import TestClient
from engine.serve.app import create_app
from engine.serve.settings import Settings
from engine.serve.tokens import of_environment

def imported():
    return sorted({"engine.facade", "engine.serve.api"} & set(sys.modules))

app = create_app(Settings(Path(sys.argv[1]), tokens=of_environment("read:" + "r" * 24)))
app.state.services.live.follow()
bearer = {"Authorization": "Bearer " + "r" * 24}
client = TestClient(app, base_url="http://localhost", headers=bearer)
print(client.get("/").status_code, imported())
print(client.get("/v1/stories").status_code, imported())
"""


def test_the_first_page_imports_neither_the_api_nor_what_writes(folder):
    command = [sys.executable, "-c", FIRST_PAGE, folder / "base"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["200 []", "200 ['engine.facade', 'engine.serve.api']"]


class Slow:
    """Adds an endpoint when it is let to, and counts how often."""

    def __init__(self):
        self.may = threading.Event()
        self.n_added = 0

    def __call__(self, app):
        assert self.may.wait(60)
        self.n_added += 1
        app.get("/late")(lambda: "there")


@pytest.fixture
def slow():
    return Slow()


@pytest.fixture
def app(slow):
    app = FastAPI()
    app.get("/")(lambda: "first")
    app.add_middleware(LateGate, late=Late(app, slow))
    return app


def test_the_first_page_waits_for_nothing_and_others_until_all_is_there(app, slow):
    with TestClient(app) as client, ThreadPoolExecutor() as threads:
        late = [threads.submit(client.get, "/late") for _ in range(3)]
        assert client.get("/").json() == "first"
        assert not any(one.done() for one in late)
        slow.may.set()
        assert [one.result().json() for one in late] == ["there"] * 3
    assert slow.n_added == 1


def test_the_description_of_a_server_has_all_its_endpoints(app, slow):
    slow.may.set()
    assert {"/", "/late"} <= app.openapi()["paths"].keys()
