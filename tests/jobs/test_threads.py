"""Many threads read one open base while another process publishes and deletes generations."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import engine
from tests.jobs.cases import BRIDGE, ROBBERY, line

PUBLISHER = """
import sys
from dataclasses import replace

import engine
from engine.generations.publishing import publish_stories
from engine.jobs.base.writer import Writer
from engine.recorded import RunKind
from engine.store import RunContent

folder, *feeds = sys.argv[1:]

def publish_renamed(layout):
    with Writer.open(layout, command="a test") as writer:
        live, now = writer.published, writer.setup.now()

        def publish(run):
            stories = [replace(story, headline=f"run {run}") for story in live.stories()]
            return publish_stories(writer.lock, live, stories, now=now, run=run)

        writer.commit(RunContent(live.manifest.run, RunKind.CLUSTER, now), publish)

with engine.open(folder) as base:
    publish_renamed(base.layout)
    print("started", flush=True)
    sys.stdin.readline()
    for number in range(50):
        if number % 5:
            publish_renamed(base.layout)
        else:
            base.ingest(feeds[number // 5 % 2])
            base.rebuild()
        base.prune(keep=1)
"""

QUESTION = "a stone bridge over the river collapsed"
IDS = ["b1", "b2", "b3", "r1", "r2", "alone"]


def found_by(base, query, mode):
    hits = base.similar(query, k=6, fold=False, mode=mode)
    return frozenset((hit.article.id, round(hit.cosine, 4)) for hit in hits)


@pytest.fixture
def feeds(tmp_path):
    """Return two feeds, by which one article is now about the bridge and now about the robbers."""
    paths = [tmp_path / "robbery.jsonl", tmp_path / "bridge.jsonl"]
    for path, text in zip(paths, (ROBBERY, BRIDGE), strict=True):
        path.write_text(line("alone", f"{text} There was music and cake."))
    return paths


@pytest.fixture
def answers(base, feeds):
    """Return what is found in each of the two generations that there are of the articles."""
    base.cluster()
    found: dict[tuple[str, str], set[object]] = {}
    for feed in feeds:
        base.ingest(feed)
        base.rebuild()
        for mode in ("event", "dense"):
            for name, query in (("text", QUESTION), ("stored", base.query(id="b1"))):
                found.setdefault((name, mode), set()).add(found_by(base, query, mode))
    assert all(len(either) == 2 for either in found.values())
    return found


class Asker:
    """Asks one open base, and holds each answer against those of whole generations."""

    def __init__(self, base, answers):
        self.base, self.answers = base, answers
        self.stories = {story.id: set(story.article_ids) for story in base.stories()}
        self.seen = set()

    def texts(self):
        for mode in ("event", "dense"):
            assert found_by(self.base, QUESTION, mode) in self.answers["text", mode]

    def stored(self):
        for mode in ("event", "dense"):
            query = self.base.query(id="b1")
            assert found_by(self.base, query, mode) in self.answers["stored", mode]

    def all_stories(self):
        found = self.base.stories()
        assert {story.id: set(story.article_ids) for story in found} == self.stories
        (headline,) = {story.headline for story in found}
        self.seen.add(headline)

    def one_story(self):
        for id_, articles in self.stories.items():
            assert set(self.base.story(id_).article_ids) == articles

    def articles(self):
        assert sorted(self.base.articles(IDS)) == sorted(IDS)

    def status(self):
        found = self.base.status()
        assert (found.n_articles, found.live.n_indexed, found.live.n_stories) == (6, 6, 2)
        assert [each.problem for each in found.generations if each.problem] == []

    def held(self):
        reader = self.base.reader
        for _ in range(3):
            headlines = {story.headline for story in reader.generation.stories()}
            assert headlines == {f"run {reader.run}"}

    def refresh(self):
        self.base.refresh()

    @property
    def acts(self):
        return [
            self.texts,
            self.stored,
            self.all_stories,
            self.one_story,
            self.articles,
            self.status,
            self.held,
            self.refresh,
        ]


def test_every_answer_is_of_one_whole_generation(base, feeds, answers):
    asker = Asker(base, answers)
    publisher = subprocess.Popen(
        [sys.executable, "-c", PUBLISHER, base.layout.root, *feeds],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )

    def again_and_again(act):
        n_done = 0
        while publisher.poll() is None:
            act()
            n_done += 1
        return n_done

    with publisher:
        assert publisher.stdin
        assert publisher.stdout
        assert publisher.stderr
        assert publisher.stdout.readline() == "started\n", publisher.stderr.read()
        base.refresh()
        publisher.stdin.write("go\n")
        publisher.stdin.flush()
        with ThreadPoolExecutor(len(asker.acts)) as pool:
            counts = list(pool.map(again_and_again, asker.acts))
        assert publisher.returncode == 0, publisher.stderr.read()
    assert min(counts) > 0
    assert len(asker.seen) > 10
    base.refresh()
    with engine.open(base.layout.root) as other:
        assert base.stories() == other.stories()
        assert base.reader.run == other.reader.run
    assert len(base.generations()) <= 2  # the live one and its parent
    assert base.verify() == []
