"""The clients give the values that the base itself gives."""

import asyncio

import httpx2
import pytest

import engine
from engine.client import AsyncClient, Client
from engine.jobs.lookup.listing import StoryFilter
from engine.jobs.querying.search import Wanted
from engine.serve.app import create_app
from engine.serve.settings import Settings
from engine.store import ArticleFilter
from tests.jobs.cases import BRIDGE
from tests.serve.cases import ADMIN, CORRECT, HERE, MANY, STORIES, TOKENS, publish, serving

TEXT = "masked robbers took coins from a museum"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("client")
    publish(folder, STORIES)
    return folder


@pytest.fixture
def client(folder):
    with serving(folder) as server, Client(HERE, transport=server._transport) as opened:
        yield opened


@pytest.fixture
def base(folder):
    with engine.open(folder / "base") as opened:
        yield opened


def test_values_are_those_of_the_base(client, base):
    wanted = Wanted(k=3, which=ArticleFilter(languages=("en",)))
    found = client.similar([TEXT, STORIES["b1"]], ids=["b1"], wanted=wanted)
    queries = [TEXT, STORIES["b1"], base.query(id="b1")]
    own = base.similar_to_each(queries, k=3, which=wanted.which)
    assert [list(hits) for hits in found.hits] == own
    stories = base.stories()
    assert list(client.outlines().items) == base.outlines()
    bridges = StoryFilter(words="bridge")
    assert list(client.outlines(bridges, limit=1).items) == base.outlines(bridges)
    assert client.story(stories[0].id) == stories[0]
    assert client.history(stories[0].id) == base.history(stories[0].id)
    assert client.articles(["b1", "none"]) == base.articles(["b1"])
    assert client.show("b1") == base.show("b1")
    assert client.match(TEXT).matches == (base.match(TEXT),)
    assert client.nights().items[0].run == 1
    assert client.health().generation == base.reader.generation.name
    assert len(client.embed([TEXT]).vectors[0]) == 256


def test_what_the_server_refuses_is_raised_as_the_base_does(client, base):
    with pytest.raises(engine.NotFoundError, match="no story"):
        client.story("none")
    with pytest.raises(engine.InputError):
        client.similar(" ")
    with pytest.raises(engine.ServerError, match="scope"):
        client.pin("b1")
    with pytest.raises(engine.ServerError, match="did not answer"):
        Client("http://127.0.0.1:9").health()


def test_corrections(folder, base):
    first, second = (story.id for story in base.stories())
    with (
        serving(folder) as server,
        Client(HERE, token=CORRECT, transport=server._transport) as client,
    ):
        done = client.merge([first, second])
        assert done.story == first
        assert client.corrections()[0].run == done.run
        client.undo(done.run)
        client.split(first, ["b3"])
        client.move("b3", first)
        client.pin("b3")
        with pytest.raises(engine.ServerError, match="admin"):
            client.approve(1)
    with (
        serving(folder) as server,
        Client(HERE, token=ADMIN, transport=server._transport) as client,
        pytest.raises(engine.NotFoundError),
    ):
        client.approve(1)


def test_an_answer_of_another_server_is_told(folder):
    def answer(_):
        return httpx2.Response(200, json={"other": 1})

    client = Client(HERE, transport=httpx2.MockTransport(answer))
    with client, pytest.raises(engine.ServerError, match="another version"):
        client.health()


def test_the_other_client_is_awaited(folder, base):
    async def ask():
        app = create_app(Settings(folder / "base", tokens=TOKENS, limits=MANY))
        app.state.services.live.follow()
        async with AsyncClient(HERE, transport=httpx2.ASGITransport(app)) as client:
            found, stories = await asyncio.gather(client.similar(TEXT), client.outlines())
            with pytest.raises(engine.NotFoundError):
                await client.story("none")
        app.state.services.live.close()
        return found, stories

    found, stories = asyncio.run(ask())
    assert list(found.hits[0]) == base.similar(TEXT)
    assert list(stories.items) == base.outlines()


def test_matters_are_those_of_the_base(tmp_path):
    publish(tmp_path, STORIES)
    later = BRIDGE.replace("collapsed", "was rebuilt").replace("Monday", "Friday")
    texts = {"n1": later, "n2": f"{later} The mayor opened it."}
    publish(tmp_path, texts, published_at="2023-09-01T10:00:00Z", source="Gazette")

    async def ask(matter):
        app = create_app(Settings(tmp_path / "base", tokens=TOKENS, limits=MANY))
        app.state.services.live.follow()
        async with AsyncClient(HERE, transport=httpx2.ASGITransport(app)) as client:
            answers = await client.matters(), await client.matter(matter, sentences=False)
        app.state.services.live.close()
        return answers

    with (
        engine.open(tmp_path / "base") as base,
        serving(tmp_path) as server,
        Client(HERE, transport=server._transport) as client,
    ):
        (matter,) = own = base.matters()
        assert list(client.matters(limit=1).items) == own
        assert client.matter(matter.id) == base.matter(matter.id)
        page, timeline = asyncio.run(ask(matter.id))
        assert list(page.items) == own
        assert timeline == base.matter(matter.id, sentences=False)
        with pytest.raises(engine.NotFoundError):
            client.matter("m-none")
