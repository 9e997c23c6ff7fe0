"""What the first page does not need is imported after it, and nobody finds it missing."""

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse

from engine.serve.app import create_app
from engine.serve.late import Late
from engine.serve.settings import Settings
from tests.serve.cases import HERE, MANY, READ, TOKENS, bearer

FIRST_PAGE = """
import sys
from pathlib import Path
from starlette.testclient import TestClient
from engine.serve.app import create_app
from engine.serve.settings import Settings

def imported():
    late = {"engine.facade", "engine.serve.api", "fastapi", "pydantic"}
    return sorted(late & set(sys.modules))

client = TestClient(create_app(Settings(Path(sys.argv[1]))), base_url="http://localhost")
print(client.get("/v1/health").json()["ready"], client.get("/v1/ready").status_code, imported())
print(client.get("/").status_code, client.get("/static/pages.css").status_code, imported())
print(client.get("/v1/stories").status_code, len(imported()))
"""


def test_the_first_page_imports_neither_the_api_nor_what_writes(folder):
    command = [sys.executable, "-c", FIRST_PAGE, folder / "base"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["False 503 []", "200 200 []", "200 4"]


@pytest.fixture
def starting(folder):
    """Return a client of a server that has made nothing yet."""
    app = create_app(Settings(folder / "base", limits=MANY))
    app.state.services.live.follow()
    yield TestClient(app, base_url=HERE)
    app.state.services.live.close()


def test_the_first_page_is_the_same_before_and_after_all_else_is_there(starting):
    before = starting.get("/")
    assert starting.get("/v1/stories").status_code == 200
    after = starting.get("/")
    assert before.status_code == 200
    assert (after.text, after.headers) == (before.text, before.headers)
    counted = starting.get("/v1/metrics").text
    assert 'engine_requests_total{address="/",method="GET",status="200"} 2.0' in counted


@pytest.mark.parametrize("address", ["/v1/health", "/v1/ready", "/v1/health?why=none"])
def test_how_the_server_is_is_told_the_same_before_and_after_all_else_is_there(starting, address):
    before = starting.get(address)
    assert starting.get("/v1/stories").status_code == 200
    after = starting.get(address)
    assert before.json()["ready"]
    assert (after.status_code, after.content) == (before.status_code, before.content)
    assert after.headers == before.headers
    counted = starting.get("/v1/metrics").text
    path = address.partition("?")[0]
    assert f'engine_requests_total{{address="{path}",method="GET",status="200"}} 2.0' in counted


def test_only_to_read_how_the_server_is_waits_for_nothing(starting):
    assert starting.post("/v1/health").status_code == 405
    assert starting.get("/v1/health").status_code == 200


def test_a_server_with_nothing_published_is_there_and_not_ready(tmp_path):
    app = create_app(Settings(tmp_path, limits=MANY))
    client = TestClient(app, base_url=HERE)
    asked = [(client.get(f"/v1/{one}")) for one in ("health", "ready")]
    assert [one.status_code for one in asked] == [200, 503]
    assert {one.json()["ready"] for one in asked} == {False}


def test_what_is_asked_of_the_first_page_is_answered_before_all_else_is_there(starting):
    assert 'value="nothing-like-it"' in starting.get("/", params={"words": "nothing-like-it"}).text
    assert starting.get("/", headers={"Authorization": "Bearer none"}).status_code == 401


def test_a_server_that_others_reach_shows_the_first_page_to_none_of_them(folder):
    settings = Settings(folder / "base", names=("testserver",), tokens=TOKENS, limits=MANY)
    app = create_app(settings)
    app.state.services.live.follow()
    client = TestClient(app)
    assert client.get("/").status_code == 401
    assert client.get("/", headers=bearer(READ)).status_code == 200
    app.state.services.live.close()


def test_what_leads_nowhere_is_a_problem(starting):
    assert starting.get("/static/none").text.startswith("<!")
    assert starting.get("/v1/none").json()["detail"] == "there is nothing at this address"


class Slow:
    """Makes an application when it is let to, and counts how often."""

    def __init__(self):
        self.may = threading.Event()
        self.n_made = 0

    def __call__(self):
        assert self.may.wait(60)
        self.n_made += 1
        app = FastAPI()
        app.get("/late")(lambda: "there")
        return app


async def first(request):
    return PlainTextResponse("first") if request.url.path == "/" else None


def test_the_first_page_waits_for_nothing_and_others_until_all_is_there():
    slow = Slow()
    client = TestClient(Late(slow, at_once=first))
    with ThreadPoolExecutor() as threads:
        late = [threads.submit(client.get, "/late") for _ in range(3)]
        assert client.get("/").text == "first"
        assert not any(one.done() for one in late)
        slow.may.set()
        assert [one.result().json() for one in late] == ["there"] * 3
    assert slow.n_made == 1
