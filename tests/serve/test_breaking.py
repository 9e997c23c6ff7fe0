"""What is breaking is asked of the API, a feed and the client, and stands on the first page."""

from xml.etree import ElementTree as ET

import pytest

import engine
from engine.client import Client
from engine.recorded import AlertKind
from tests.jobs.breaking_cases import after_a_burst, told
from tests.jobs.night_cases import night
from tests.serve.cases import serving

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    folder = tmp_path_factory.mktemp("breaking")
    base, _ = after_a_burst(folder)
    night(base, folder, told("nl", 8, 6.2, language="nl"))
    base.close()
    with serving(folder) as opened:
        yield opened


def test_the_api_lists_alerts_the_latest_first(client):
    page = client.get("/v1/breaking").json()
    assert [one["alert"]["kind"] for one in page["items"]] == ["crossed", "began"]
    assert page["items"][0]["story"]["n_articles"] > 1
    part = client.get("/v1/breaking?limit=1").json()
    assert client.get("/v1/breaking", params={"cursor": part["cursor"]}).status_code == 200
    assert client.get("/v1/breaking?since=2999").json()["items"] == []
    assert client.get("/v1/breaking?since=whenever").status_code == 422


def test_a_feed_has_an_entry_for_each_alert(client):
    answer = client.get("/v1/feeds/breaking.atom")
    assert len(ET.fromstring(answer.content).findall(f"{ATOM}entry")) == 2
    items = client.get("/v1/feeds/breaking.json").json()["items"]
    assert len({item["id"] for item in items}) == 2
    assert "independent voices" in items[0]["content_text"]


def test_the_client_gives_the_values_of_the_base(client):
    with (
        Client("http://localhost", transport=client._transport) as asking,
        engine.open(client.app.state.services.base.layout.root) as base,
    ):
        found = asking.breaking().items
        assert list(found) == base.breaking()
    assert [one.alert.kind for one in found] == [AlertKind.CROSSED, AlertKind.BEGAN]


@pytest.mark.parametrize(
    ("language", "said"), [("en", "Has reached Dutch."), ("nl", "Nu ook in het Nederlands.")]
)
def test_the_first_page_tells_what_was_raised_last(client, language, said):
    page = client.get("/", headers={"Accept-Language": language}).text
    assert said in page
    assert page.count('class="breaking"') == 1
