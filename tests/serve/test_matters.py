"""Matters over the API and on pages."""

import pytest

from tests.jobs.cases import BRIDGE
from tests.serve.cases import publish, serving

LATER = BRIDGE.replace("collapsed", "was rebuilt").replace("Monday", "Friday")


@pytest.fixture
def matters(folder):
    """Give a client of a base in which a story goes on with the matter of the bridge."""
    publish(
        folder,
        {"n1": LATER, "n2": f"{LATER} The mayor opened it."},
        published_at="2023-09-01T10:00:00Z",
        source="Gazette",
    )
    with serving(folder) as client:
        yield client


def test_the_api_tells_matters_stage_by_stage(matters):
    (matter,) = matters.get("/v1/matters").json()["items"]
    assert len(matter["stories"]) == 2
    found = matters.get(f"/v1/matters/{matter['id']}").json()
    assert [stage["sentence"] for stage in found["stages"]] == [None, None]
    quoted = matters.get(f"/v1/matters/{matter['id']}", params={"sentences": True}).json()
    assert quoted["stages"][1]["sentence"]["article"] in {"n1", "n2"}
    assert matters.get("/v1/matters/m-none").status_code == 404
    story = matter["stories"][0]["id"]
    assert matters.get(f"/v1/stories/{story}/matter").json()["matter"] == matter["id"]


@pytest.mark.parametrize("language", ["en", "nl"])
def test_pages_list_matters_and_draw_one(matters, language):
    headers = {"Accept-Language": language}
    (matter,) = matters.get("/v1/matters").json()["items"]
    assert f'href="/matters/{matter["id"]}"' in matters.get("/matters", headers=headers).text
    page = matters.get(f"/matters/{matter['id']}", headers=headers).text
    assert page.count('class="dot l0"') == 2
    assert page.count('<li class="item">') == 2
    assert "<blockquote" not in page
    quoted = matters.get(f"/matters/{matter['id']}?sentences=true", headers=headers).text
    assert quoted.count("<blockquote") == 2
    story = matter["stories"][0]["id"]
    assert f'href="/matters/{matter["id"]}"' in matters.get(f"/stories/{story}").text
    assert matters.get("/matters/m-none", headers=headers).status_code == 404
