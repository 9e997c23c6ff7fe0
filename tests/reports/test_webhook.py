"""Another program is told of a night, can tell that it was us, and is told again."""

import hashlib
import hmac
import json
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from engine.errors import InputError
from engine.reports.webhook import PAUSES, SIGNATURE, log_delivery, post

SECRET = "between us"


@contextmanager
def listening(*statuses, location=""):
    """Give an address that answers with `statuses` in turn, and what is posted to it."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.append((self.headers, body))
            self.send_response(statuses[min(len(received), len(statuses)) - 1])
            if location:
                self.send_header("Location", location)
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook", received
        finally:
            server.shutdown()
            thread.join()


def test_what_is_sent_is_signed():
    with listening(200) as (address, received):
        done = post(address, {"run": 1}, secret=SECRET)
    ((headers, body),) = received
    assert (done.attempts, done.status, done.problem) == (1, 200, "")
    assert json.loads(body) == {"run": 1}
    said = dict(part.split("=") for part in headers[SIGNATURE].split(","))
    expected = hmac.new(SECRET.encode(), f"{said['t']}.".encode() + body, hashlib.sha256)
    assert said["v1"] == expected.hexdigest()


@pytest.mark.parametrize(
    ("statuses", "attempts", "status"),
    [((500, 200), 2, 200), ((503, 429, 200), 3, 200), ((400,), 1, 400), ((500,), 3, 500)],
)
def test_what_may_pass_is_tried_again(statuses, attempts, status):
    waited: list[float] = []
    with listening(*statuses) as (address, received):
        done = post(address, {}, pause=waited.append)
    assert len(received) == done.attempts == attempts
    assert (done.status, bool(done.problem)) == (status, status != 200)
    assert waited == list(PAUSES[: attempts - 1])


def test_no_redirect_is_followed():
    with (
        listening(200) as (elsewhere, received),
        listening(302, location=elsewhere) as (address, _),
    ):
        done = post(address, {}, pause=lambda _: None)
    assert (done.status, received) == (302, [])


def test_nobody_listens():
    done = post("http://127.0.0.1:9/hook", {}, pause=lambda _: None)
    assert (done.host, done.status, done.attempts) == ("127.0.0.1", None, 1 + len(PAUSES))
    assert done.problem


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://[", "https://"])
def test_an_address_is_one_of_the_web(url):
    with pytest.raises(InputError, match="http"):
        post(url, {})


def test_how_it_ended_is_logged_without_the_address(tmp_path):
    done = post("http://127.0.0.1:9/hook?secret=1", {}, pause=lambda _: None)
    assert log_delivery(tmp_path / "log", done, at=datetime(2023, 5, 1, tzinfo=UTC)) == ""
    line = json.loads((tmp_path / "log").read_text())
    assert (line["host"], line["at"]) == ("127.0.0.1", "2023-05-01T00:00:00+00:00")
    assert "secret" not in json.dumps(line)
    assert "cannot be written" in log_delivery(tmp_path, done, at=datetime(2023, 5, 1, tzinfo=UTC))
