"""Nights go on beside the server, and no answer is of two generations."""

import gc
import threading
import time
import weakref
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

import engine
from engine.disk.layout import Layout
from engine.jobs.base.reader import Reader
from engine.jobs.base.setup import Setup
from engine.jobs.lookup.outlines import outlines
from engine.jobs.querying.query import one_query
from engine.jobs.querying.search import find_similar
from engine.origins.voices import independence
from engine.reports.story_brief import brief_story
from engine.serve.app import create_app
from engine.serve.live import LiveReader
from engine.serve.pages import RENEWING, STARTING
from engine.serve.pages.story import story_page
from engine.serve.pages.today import Chosen, changes, today
from engine.serve.settings import Settings
from tests.serve.cases import HERE, MANY, STORIES, publish, serving

EVERYTHING = Chosen(everything=True)


@pytest.mark.parametrize("n_nights", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_no_answer_mixes_two_generations(folder, n_nights):
    asked = Asked()
    with serving(folder, follow_every=timedelta(milliseconds=20)) as client:
        threads = [threading.Thread(target=asked.go_on, args=(client,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        truth = {}
        try:
            for night in range(n_nights):
                publish(folder, an_event(night))
                with engine.open(folder / "base") as base:
                    live = base.reader.generation.name
                    truth[live] = {s.id: s for s in base.stories()}
                client.app.state.services.live.follow()
                asked.wait_for(live)
        finally:
            asked.ended.set()
            for thread in threads:
                thread.join()
        assert client.app.state.services.live.n_switches == n_nights
    assert asked.errors == []
    seen = [answer for answer in asked.answers if answer[0] in truth]
    assert {generation for generation, _ in seen} == set(truth)
    for generation, stories in seen:
        known = truth[generation]
        assert {story["id"]: (story["headline"], story["n_articles"]) for story in stories} == {
            id_: (story.headline, len(story.article_ids)) for id_, story in known.items()
        }


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("n_nights", [2, pytest.param(10, marks=pytest.mark.slow)])
def test_no_first_page_mixes_two_generations(folder, early, n_nights):
    client = opened_client(folder)
    live = client.app.state.services.live
    if not early:  # all else is made, and answers instead
        assert client.get("/v1/health").status_code == 200
    truth = {live.generation.name: client.get("/").text}
    pages, ended = [], threading.Event()

    def go_on():
        while not ended.is_set():
            pages.append(client.get("/").text)

    asking = threading.Thread(target=go_on)
    asking.start()
    try:
        for night in range(n_nights):
            publish(folder, an_event(night))
            fresh = opened_client(folder)
            truth[fresh.app.state.services.live.generation.name] = fresh.get("/").text
            fresh.app.state.services.close()
            live.follow()
            n_pages = len(pages)
            while asking.is_alive() and len(pages) < n_pages + 3:
                time.sleep(0.01)
    finally:
        ended.set()
        asking.join()
        client.app.state.services.close()
    assert live.n_switches == n_nights
    seen = {name: {page for page in pages if name in page} for name in truth}
    assert seen == {name: {page} for name, page in truth.items()}
    assert len(pages) == sum(page in truth.values() for page in pages)


def test_a_generation_that_cannot_be_read_leaves_the_one_before(folder, ids, client):
    live = client.app.state.services.live
    (folder / "base" / "CURRENT").write_text("20990101T000000.000000Z-none")
    live._try_to(live.follow)
    assert client.get("/v1/ready").json()["stale"]
    assert client.get(f"/v1/stories/{ids['b1']}").status_code == 200


def test_what_is_published_is_warmed_before_it_answers(folder):
    warmed = []
    live = LiveReader(
        Layout(folder / "base"),
        Setup(),
        starting=[],
        renewing=[
            lambda reader: warmed.append((reader.generation.name, live.reader.generation.name))
        ],
        every=timedelta(hours=1),
    )
    with live:
        live.follow()
        before = live.reader.generation.name
        publish(folder, an_event(0))
        live.follow()
        assert warmed == [(live.reader.generation.name, before)]
        assert live.reader.generation.name != before


def test_requests_go_on_between_the_parts_of_what_is_warmed_but_a_correction_waits_for_no_rest(
    folder,
):
    live = LiveReader(
        Layout(folder / "base"),
        Setup(),
        starting=[],
        renewing=[lambda _: time.sleep(0.05)] * 2,
        every=timedelta(hours=1),
    )
    with live:
        live.follow()
        taken = []
        for night, rest in enumerate((0.0, 10.0)):
            publish(folder, an_event(night))
            since = time.perf_counter()
            live.follow(rest=rest)
            taken.append(time.perf_counter() - since)
        assert live.n_switches == 2
    assert taken[1] >= 2 * 0.05 * 11
    assert taken[0] < taken[1]


def test_a_part_waits_until_nobody_searches_but_not_for_ever(folder, monkeypatch):
    monkeypatch.setattr("engine.serve.live.PATIENCE", 0.3)
    warmed = []
    live = LiveReader(
        Layout(folder / "base"),
        Setup(),
        starting=[],
        renewing=[lambda _: warmed.append((live.n_searching, time.monotonic()))],
        every=timedelta(hours=1),
    )
    with live:
        live.follow()
        for night, done_after in enumerate((0.1, 60.0)):
            publish(folder, an_event(night))
            live.n_searching, since = 1, time.monotonic()
            done = threading.Timer(done_after, setattr, (live, "n_searching", 0))
            done.start()
            live.follow(rest=1.0)
            done.cancel()
            assert warmed[-1][0] == night
            assert warmed[-1][1] - since >= (0.1, 0.3)[night]
    assert len(warmed) == 2


def test_who_searches_is_counted_and_who_lists_is_not(client):
    live = client.app.state.services.live
    counted = []
    take = client.app.state.services.turns.acquire

    async def acquire():
        counted.append(live.n_searching)
        return await take()

    client.app.state.services.turns.acquire = acquire
    assert client.get("/v1/similar", params={"text": STORIES["b1"]}).status_code == 200
    assert client.get("/v1/stories").status_code == 200
    assert counted == [1]
    assert live.n_searching == 0


@pytest.mark.parametrize("many_questions", [False, True])
def test_a_reader_tells_the_stories_of_its_generation_while_the_ledger_is_beyond_it(
    folder, ids, many_questions
):
    with Reader.open(Layout(folder / "base"), Setup(many_questions=many_questions)) as reader:
        query = one_query(reader, id_="b1")
        before = {hit.article.id: hit.story for hit in find_similar(reader, [query])[0]}
        assert ids["b1"] in before.values()
        with engine.open(folder / "base") as base:
            base.split(ids["b1"], ["b2"])
        assert {hit.article.id: hit.story for hit in find_similar(reader, [query])[0]} == before


@pytest.mark.parametrize("warming", [STARTING, RENEWING])
def test_pages_wait_for_nothing_of_a_warm_generation(folder, ids, warming):
    with engine.open(folder / "base") as base:
        for warm in warming:
            warm(base.reader)
        made = set(base.reader._made)
        story_page(base.reader, ids["b1"])
        assert set(base.reader._made) == made


def test_what_is_gone_is_let_go(folder, client):
    live = client.app.state.services.live
    old = weakref.ref(live.reader)
    client.get("/")
    publish(folder, an_event(0))
    gc.disable()  # what the server froze is never looked through
    try:
        live.follow()
        assert old() is None
    finally:
        gc.enable()


def test_what_a_request_held_is_given_back_some_publications_later(folder, client, monkeypatch):
    monkeypatch.setattr("engine.serve.live.THOROUGH", 2)
    live = client.app.state.services.live
    held = Circle()
    publish(folder, an_event(0))
    live.follow()  # which sets it aside, as it is held
    gone = weakref.ref(held)
    del held
    gc.collect()
    assert gone() is not None
    publish(folder, an_event(1))
    live.follow()
    assert gone() is None


def test_a_correction_lets_other_stories_be_described_as_they_were(folder, ids):
    with Reader.open(Layout(folder / "base")) as reader:
        before = {one.story.id: one for one in today(reader, EVERYTHING).stories}
        with engine.open(folder / "base") as base:
            base.split(ids["b1"], ["b1"])
        corrected = reader.follow()
        assert corrected is not reader
        after = {one.story.id: one for one in today(corrected, EVERYTHING).stories}
        assert after[ids["r1"]] is before[ids["r1"]]
        main = corrected.once(changes).main
        for one in after.values():
            assert one == brief_story(corrected, corrected.stories[one.story.id], one.news, main)


def test_voices_are_counted_again_only_of_stories_that_changed(folder, ids, monkeypatch):
    counted = []

    def counting(story, families):
        counted.append(story.id)
        return independence(story, families)

    monkeypatch.setattr("engine.jobs.lookup.outlines.independence", counting)
    with Reader.open(Layout(folder / "base")) as reader:
        outlines(reader, list(reader.stories.values()))
        assert sorted(counted) == sorted(reader.stories)
        counted.clear()
        with engine.open(folder / "base") as base:
            base.split(ids["b1"], ["b1"])
        corrected = reader.follow()
        found = outlines(corrected, list(corrected.stories.values()))
        assert ids["b1"] in counted
        assert ids["r1"] not in counted
    with Reader.open(Layout(folder / "base")) as reader:
        assert found == outlines(reader, list(reader.stories.values()))


def opened_client(folder):
    """Return a client of a server that has opened the base and made nothing else yet."""
    app = create_app(Settings(folder / "base", limits=MANY))
    app.state.services.live.follow()
    return TestClient(app, base_url=HERE)


class Circle:
    """What refers to itself."""

    def __init__(self):
        self.own = self


class Asked:
    """What is asked all the time, and what was answered."""

    def __init__(self):
        self.answers, self.errors = [], []
        self.ended = threading.Event()

    def wait_for(self, generation):
        """Wait until an answer of a generation came, or until none can come any more."""
        until = time.monotonic() + 60
        while not self.errors and time.monotonic() < until:
            if any(name == generation for name, _ in list(self.answers)):
                return
            time.sleep(0.01)

    def go_on(self, client):
        while not self.ended.is_set():
            answer = client.get("/v1/stories", params={"limit": 200})
            if answer.status_code != 200:
                self.errors.append(answer.text)
                return
            self.answers.append((answer.headers["Engine-Generation"], answer.json()["items"]))
            found = client.get("/v1/similar", params={"text": STORIES["b1"]})
            name = found.headers["Engine-Generation"]
            if found.json()["generation"] != name:
                self.errors.append(f"{name} answered as {found.json()['generation']}")


def an_event(night):
    text = f"In town {night} the number {night * 7919} tram left the rails near gate {night}."
    return {f"n{night}-{place}": f"{text} {more}" for place, more in enumerate(("", "Report two."))}
