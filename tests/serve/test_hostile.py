"""Hostile requests leak nothing and stop nothing."""

from itertools import islice

from tests.serve.cases import CORRECT, bearer
from tests.serve.hostile import harm_of, hostile_requests

N_REQUESTS = 300


def test_hostile_requests_leak_nothing_and_stop_nothing(client):
    before = client.get("/v1/stories").content
    for number, sent in enumerate(islice(hostile_requests(seed=1), N_REQUESTS)):
        headers = (bearer(CORRECT) if number % 2 else {}) | sent.headers
        answer = client.request(
            sent.method, sent.path, params=sent.params, headers=headers, content=sent.body
        )
        assert not harm_of(answer.status_code, answer.content), sent
        client.cookies.clear()
    assert client.get("/v1/stories").content == before
