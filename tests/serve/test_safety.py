"""Nobody does what he may not, nothing of the inside gets out, and nothing stops the server."""

import ast
import asyncio
import json
import logging
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import engine
from engine.encoding.hashing import HashingEncoder
from engine.errors import DamagedError, InputError
from engine.jobs.base.setup import Setup
from engine.serve.border import HEADERS
from engine.serve.running import run
from engine.serve.sessions import COOKIE
from engine.serve.settings import Limits, Settings, is_loopback
from engine.serve.tokens import Scope, TokenFile, of_environment
from tests.serve.cases import ADMIN, CORRECT, READ, bearer, serving

PIN = {"article": "b1"}


@pytest.mark.parametrize(
    ("token", "status"), [(None, 403), (READ, 403), ("x" * 24, 401), (CORRECT, 200), (ADMIN, 200)]
)
def test_a_correction_needs_its_scope(client, token, status):
    headers = {} if token is None else bearer(token)
    assert client.post("/v1/corrections/pin", json=PIN, headers=headers).status_code == status


def test_an_approval_needs_an_administrator(client):
    assert client.post("/v1/nights/1/approve", headers=bearer(CORRECT)).status_code == 403


def test_elsewhere_reading_needs_a_token_too(folder):
    with serving(folder, host="0.0.0.0") as client:
        assert client.get("/v1/stories").status_code == 401
        assert client.get("/v1/stories", headers=bearer(READ)).status_code == 200
        assert client.get("/v1/stories", auth=("me", READ)).status_code == 200
        assert client.get("/v1/stories", auth=("me", "wrong")).status_code == 401
        assert client.get("/v1/health").status_code == 200


def test_others_are_not_let_in_without_a_token(folder):
    with pytest.raises(InputError, match="engine tokens add"):
        run(Settings(folder / "base", host="0.0.0.0"))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("localhost", True),
     ("0.0.0.0", False), ("::", False), ("localhost.example.org", False)],
)  # fmt: skip
def test_which_hosts_only_this_machine_reaches(host, loopback):
    assert is_loopback(host) == loopback


def test_a_name_that_leads_here_from_elsewhere_is_refused(client):
    refused = client.get("/v1/stories", headers={"Host": "rebound.example"})
    assert refused.status_code == 421
    assert client.get("/v1/stories", headers={"Host": "[::1]:8080"}).status_code == 200


def test_only_the_hash_of_a_token_is_kept(tmp_path):
    path = tmp_path / "tokens.json"
    file = TokenFile(path)
    secret = file.add("desk", Scope.CORRECT, made=Setup().now())
    assert secret not in path.read_text()
    assert path.stat().st_mode & 0o077 == 0
    (token,) = TokenFile(path).tokens()
    assert (token.name, token.scope) == ("desk", Scope.CORRECT)
    with pytest.raises(InputError, match="desk"):
        file.add("desk", Scope.READ, made=Setup().now())
    file.remove("desk")
    assert file.tokens() == ()
    path.write_text("[{}]")
    with pytest.raises(DamagedError, match="remove it"):
        file.tokens()


def test_a_token_is_void_at_once_when_it_is_removed(folder, client):
    file = TokenFile(engine.open(folder / "base").layout.tokens)
    secret = file.add("desk", Scope.CORRECT, made=Setup().now())
    assert client.post("/v1/corrections/pin", json=PIN, headers=bearer(secret)).status_code == 200
    file.remove("desk")
    assert client.get("/v1/stories", headers=bearer(secret)).status_code == 401


@pytest.mark.parametrize("text", ["read", "read:short", "all:" + "x" * 30, "read:" + "x" * 19])
def test_a_token_of_the_environment_is_long_and_has_a_scope(text):
    with pytest.raises(InputError, match="part 1"):
        of_environment(text)


def test_the_pages_sign_in_and_their_forms_are_their_own(client):
    assert client.post("/session", data={"token": "wrong" * 5}).status_code == 401
    elsewhere = {"Origin": "http://elsewhere.example"}
    assert client.post("/session", data={"token": CORRECT}, headers=elsewhere).status_code == 403
    done = client.post("/session", data={"token": CORRECT}, follow_redirects=False)
    assert done.status_code == 303
    cookie = done.headers["Set-Cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict"))
    assert CORRECT not in cookie
    # The cookie alone, which a page elsewhere can make a browser send, is not enough.
    assert client.post("/v1/corrections/pin", json=PIN).status_code == 403
    session = client.app.state.services.sessions.find(client.cookies[COOKIE])
    own = {"X-CSRF-Token": session.csrf}
    assert client.post("/v1/corrections/pin", json=PIN, headers=own).status_code == 200
    assert client.post("/session/end", headers=own, follow_redirects=False).status_code == 303
    assert client.post("/v1/corrections/pin", json=PIN, headers=own).status_code == 403


def test_every_answer_says_what_a_browser_may_do_with_it(client):
    for address in ("/v1/stories", "/v1/none", "/none", "/v1/stories?limit=x"):
        answer = client.get(address)
        assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_errors_have_one_shape(client):
    wrong = {"/v1/none": 404, "/v1/stories/none": 404, "/v1/stories?limit=0": 422}
    for address, status in (wrong | {"/v1/similar": 422, "/v1/similar?text=%20": 422}).items():
        answer = client.get(address)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code == status
        assert answer.json().keys() == {"type", "title", "status", "detail", "code", "errors"}
    assert client.delete("/v1/stories").status_code == 405


def test_what_is_too_much_is_turned_away(folder):
    with serving(folder, limits=Limits(body_bytes=1000, per_minute=5)) as client:
        assert client.post("/v1/similar", content=b"x" * 1001).status_code == 413
        chunks = (b"x" * 600 for _ in range(3))
        assert client.post("/v1/similar", content=chunks).status_code == 413
        answers = [client.get("/v1/health") for _ in range(5)]
        assert answers[0].status_code == 200
        assert answers[-1].status_code == 429
        assert answers[-1].headers["Retry-After"]


class Stand(HashingEncoder):
    """Embeds by hashing; what is done with a question before that is given."""

    def __init__(self, before):
        super().__init__()
        self._before = before

    def encode(self, texts):
        if texts[0] != "warm":
            self._before(texts[0])
        return super().encode(texts)


def test_what_takes_too_long_is_answered_and_keeps_its_place(folder):
    ended = threading.Event()
    setup = Setup(encoder=Stand(lambda _: ended.wait(20)))
    with serving(folder, setup=setup, limits=Limits(seconds=0.5, at_once=1)) as client:
        late = client.get("/v1/similar", params={"text": "a bridge"})
        assert (late.status_code, "too long" in late.text) == (503, True)
        assert client.get("/v1/health").status_code == 503  # the place is taken
        ended.set()
        until = time.monotonic() + 20
        while client.get("/v1/health").status_code == 503 and time.monotonic() < until:
            time.sleep(0.05)
        assert client.get("/v1/health").status_code == 200


def test_searches_take_turns_and_a_list_waits_for_none(folder):
    encoding, ended = threading.Event(), threading.Event()

    def wait(_):
        encoding.set()
        ended.wait(20)

    with (
        serving(folder, setup=Setup(encoder=Stand(wait))) as client,
        ThreadPoolExecutor(2) as pool,
    ):
        services = client.app.state.services
        client.app.state.services = replace(services, turns=asyncio.Semaphore(1))
        first = pool.submit(client.get, "/v1/similar", params={"text": "a bridge"})
        assert encoding.wait(20)
        second = pool.submit(client.get, "/v1/similar", params={"id": "b1"})
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
        assert client.get("/v1/stories").status_code == 200
        ended.set()
        assert first.result(timeout=20).status_code == second.result(timeout=20).status_code == 200


def test_no_error_of_the_inside_gets_out(folder, caplog):
    def fail(text):
        raise RuntimeError(f"secret {text}")

    setup = Setup(encoder=Stand(fail))
    with serving(folder, setup=setup) as client, caplog.at_level(logging.INFO):
        failed = client.get("/v1/similar", params={"text": "a private question"})
        assert failed.status_code == 500
        assert failed.json()["detail"] == "the server failed; its log says where"
        assert client.get("/v1/stories").status_code == 200
    logged = "\n".join(one.message for one in caplog.records if one.name.startswith("engine"))
    assert "RuntimeError" in logged
    for hidden in ("private", "secret"):
        assert hidden not in failed.text
        assert hidden not in logged


def test_a_damaged_base_names_no_file(folder):
    with serving(folder) as client:
        client.app.state.services.token_file._path.write_text("[{}]")
        answer = client.get("/v1/stories", headers=bearer("x" * 24))
        assert answer.status_code == 503
        assert str(folder) not in answer.text


def test_the_log_of_requests_has_neither_texts_nor_ids(client, caplog, ids):
    with caplog.at_level(logging.INFO, logger="engine.serve.access"):
        client.get("/v1/similar", params={"text": "a private question"})
        client.get(f"/v1/stories/{ids['b1']}")
        client.get("/v1/private")
    lines = [json.loads(record.message) for record in caplog.records if "access" in record.name]
    assert [line["address"] for line in lines] == ["/v1/similar", "/v1/stories/{story}", "(none)"]
    assert not re.search(f"private|{ids['b1']}", json.dumps(lines))


def test_the_server_sends_no_request_of_its_own():
    folder = Path(engine.__file__).parent / "serve"
    senders = {"urllib.request", "http.client", "httpx", "httpx2", "requests", "socket"}
    for path in folder.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        names = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module]
                if isinstance(node, ast.ImportFrom)
                else [one.name for one in node.names]
            )
        }
        assert not names & senders, path
