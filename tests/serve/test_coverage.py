"""Coverage over the API: the same figures as from Python, cut to what is asked for."""

import json

import engine


def test_the_api_answers_what_python_does(client, folder):
    found = client.get("/v1/coverage").json()
    with engine.open(folder / "base") as base:
        told = json.dumps(base.coverage().first_rows(50).to_dict())
    assert found == json.loads(told.replace("+00:00", "Z"))
    assert found["n_stories"] == 2
    none = client.get("/v1/coverage", params={"until": "2020", "by": "day"}).json()
    assert (none["n_stories"], none["by"]) == (0, "day")


def test_what_means_nothing_is_refused(client):
    for asked in ({"by": "year"}, {"since": "soon"}, {"limit": 0}):
        assert client.get("/v1/coverage", params=asked).status_code == 422, asked


def test_owners_that_change_change_the_answer(client, folder):
    first = client.get("/v1/coverage")
    assert "ETag" not in first.headers
    with engine.open(folder / "base") as base:
        base.keep_owners("Lake Group\tDaily")
    assert client.get("/v1/coverage").json()["periods"][0]["owners"]["largest"] == "Lake Group"
    assert first.json()["periods"][0]["owners"]["largest"] == "Daily"
