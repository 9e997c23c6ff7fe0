"""The base that `scripts/faults.py` breaks, its answers, and the table of what came of it."""

from __future__ import annotations

import dataclasses
import itertools
import json
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import engine
from engine.disk.layout import Layout
from engine.disk.lock import writing
from engine.disk.sealed import sealed
from engine.domain import EncoderSpec
from engine.index import faiss_build
from engine.jobs.base.writer import Writer
from engine.jobs.clustering.forget import Selection
from engine.jobs.lookup.answers import PairLabel
from engine.jobs.lookup.learnt import keep_headline_language
from engine.jobs.rebuilding.centring import take_centring
from engine.jobs.rebuilding.rebuild import prepare, publish_prepared
from engine.same_event.pair_model import shipped_model, write_model
from tests.faults import runs
from tests.store.cases import contents

SAMPLE = Path(__file__).resolve().parents[2] / "engine" / "sample" / "articles.jsonl"
N_QUERIES = 6
N_GROWN = 700
"""Articles of the base that takes in only what is new."""

TEXT = "A soldier surrenders to a drone"
WAYS_OUT = (
    "run 'engine",
    "delete it",
    "delete the line",
    "upgrade the engine",
    "run this again",
    "free space",
)


@dataclasses.dataclass(slots=True)
class Row:
    """One line of the table."""

    fault: str
    refused: int = 0
    whole: int = 0
    harmless: int = 0
    wrong: int = 0
    unseen: int = 0
    lost: int = 0
    example: str = ""

    @property
    def n(self) -> int:
        """Return the number of faults."""
        return self.refused + self.whole + self.harmless + self.wrong + self.unseen

    def refuse(self, message: str) -> None:
        """Count a refusal; one that says no way out is wrong."""
        if any(way in message for way in WAYS_OUT):
            self.refused += 1
            self.example = self.example or message
        else:
            self.wrong += 1
            print(f"  wrong: {self.fault}: no way out in {message!r}")

    def add(self, other: Row) -> None:
        """Count what another row counted."""
        self.refused += other.refused
        self.whole += other.whole
        self.harmless += other.harmless
        self.wrong += other.wrong
        self.unseen += other.unseen
        self.lost += other.lost

    def compare(self, found: Answers, *expected: Answers) -> bool:
        """Count whether an answer is one of those expected."""
        right = found in expected
        self.lost += max(0, expected[0].n_articles - found.n_articles)
        if right:
            self.whole += 1
        else:
            self.wrong += 1
            print(f"  wrong: {self.fault}: {found.difference(expected[-1])}")
        return right


@dataclasses.dataclass(frozen=True, slots=True)
class Answers:
    """What a base answers."""

    n_articles: int
    neighbours: tuple[tuple[tuple[str, float], ...], ...]
    stories: tuple[tuple[str, tuple[str, ...]], ...]

    def untied(self) -> tuple[object, ...]:
        """Return the answers without the order of what is equally near."""
        near = [sorted(cosine for _, cosine in hits) for hits in self.neighbours]
        return self.n_articles, near, self.stories

    def difference(self, other: Answers) -> str:
        """Return the names of what differs."""
        fields = dataclasses.fields(self)
        return ", ".join(f.name for f in fields if getattr(self, f.name) != getattr(other, f.name))


def ask(folder: Path) -> Answers:
    """Open the base anew and use every file of the live generation."""
    with engine.open(folder) as base:
        corpus = base.reader.corpus
        found = corpus.articles.by_keys(base.reader.generation.keys.tolist())
        ids = sorted(article.id for article in found.values())
        queries = [base.query(id=id_) for id_ in ids[:: max(1, len(ids) // N_QUERIES)]]
        queries.append(base.query(TEXT))
        neighbours = tuple(
            tuple((hit.article.id, round(hit.cosine, 5)) for hit in base.similar(query, k=8))
            for query in queries
        )
        stories = tuple(sorted((story.id, story.article_ids) for story in base.stories()))
        return Answers(len(corpus.articles), neighbours, stories)


def known(folder: Path) -> object:
    """Return all that can be read of the article store and of the small files."""
    layout = Layout(folder)
    with engine.open(folder) as base:
        answers = base.answers()
    paths = (*layout.learnt, layout.fetched, layout.watches)
    small = [json.loads(path.read_bytes()) for path in paths if path != layout.answers]
    return contents(layout.corpus), answers, [file | {"seal": ""} for file in small]


class Ground:
    """A sound base with two generations and the articles of another night."""

    label = ""
    goes_back = True
    """Whether the generation before answers as the live one, so that a rollback is compared."""

    def __init__(self, scratch: Path) -> None:
        """Make it."""
        scratch.chmod(0o755)  # one run is made by a user without rights
        lines = SAMPLE.read_text(encoding="utf-8").splitlines(keepends=True)
        self.first, self.articles = scratch / "first.jsonl", scratch / "night.jsonl"
        self.first.write_text("".join([*lines[::2], *copies(lines[::8])]), encoding="utf-8")
        later = [*lines[1::2], *copies(lines[4::8])]
        self.articles.write_text("".join(later), encoding="utf-8")
        self.scratch = scratch
        self.folder, self.archive = scratch / "base", scratch / "base.tar"
        self.edits = scratch / "edits.jsonl"
        with engine.open(self.folder) as base:
            base.ingest([self.first])
            base.rebuild(spec=EncoderSpec("hashing"))
            base.cluster(granularity="finer")
            tell(base, self.edits)
            base.rebuild()
            with writing(base.layout, command="faults") as lock:
                take_centring(lock, base.layout)  # its own, so that it is the same without
            base.cluster()
            base.prune(keep=2)  # those left have the same vectors, so both answer alike
            base.export(self.archive)
        self.before = self.mended = ask(self.folder)
        self.known = known(self.folder)
        with self.copy() as night:
            runs.night(night, self.articles)
            self.after = ask(night)
        with self.copy() as rebuilt:
            runs.rebuild(rebuilt, self.articles)
            self.rebuilt = ask(rebuilt)
        if not self.before.stories or self.before.stories == self.after.stories:
            sys.exit("the base has no stories that could be lost, or the night changes none")

    @contextmanager
    def copy(self) -> Iterator[Path]:
        """Give a copy to break."""
        folder = Path(tempfile.mkdtemp(dir=self.scratch)) / "base"
        shutil.copytree(self.folder, folder)
        try:
            yield folder
        finally:
            shutil.rmtree(folder.parent, ignore_errors=True)


class GrownGround(Ground):
    """A base as large ones are: an approximate index that was extended, and deleted rows.

    Its generations take files over from each other, so a rebuild is the way out that counts.
    """

    label = " (grown base)"
    goes_back = False

    def __init__(self, scratch: Path) -> None:
        """Make it; in this process, 650 articles are many from now on."""
        faiss_build.FLAT_ROWS = N_GROWN - 50
        self.scratch, self.folder = scratch, scratch / "grown"
        feed = scratch / "grown.jsonl"
        with engine.open(self.folder) as base:
            for numbers, edit in ((range(N_GROWN), ""), (range(0, 60, 2), "changed utterly ")):
                feed.write_text("\n".join(map(json.dumps, made_up(numbers, edit=edit))))
                base.ingest([feed])
                base.rebuild(spec=EncoderSpec("hashing"))
            base.cluster()
            if "places.npy" not in base.reader.generation.manifest.files:
                sys.exit("the grown base marks no row as deleted")
        self.before = ask(self.folder)
        with self.copy() as folder:
            with Writer.open(Layout(folder), command="faults") as writer:
                publish_prepared(writer, prepare(writer, spec=None, anew=True))
            self.mended = ask(folder)


def tell(base: engine.Base, edits: Path) -> None:
    """Let people correct, forget, edit, cut and answer, so that a base has every kind of row."""
    one, other, *_ = base.stories()
    base.merge([one.id, other.id])
    base.forget(Selection(ids=(one.article_ids[-1],)))
    repeated = base.articles(other.article_ids)[other.article_ids[0]]
    base.cut_lines(repeated.source, ["Sign up for the newsletter of the morning."])
    edited = repeated.to_dict() | {"title": f"{repeated.title}, edited"}
    edits.write_text(json.dumps(edited), encoding="utf-8")
    base.ingest([edits])
    for first, second in itertools.product(one.article_ids[:-1], other.article_ids):
        base.answer(PairLabel(first, second, same_event=True))
    layout = base.layout
    write_model(shipped_model(), layout.pair_model, report={})
    with writing(layout, command="faults") as lock:
        keep_headline_language(lock, "nl")
    known = {"https://feed.example/": {"etag": "x1", "last-modified": "Mon, 1 May 2023"}}
    layout.fetched.write_text(json.dumps(sealed(known)))
    base.keep_owners("One Owner\tThe Daily\n")
    base.add_watch(engine.Watch("the first", story=one.id))


def copies(lines: list[str]) -> Iterator[str]:
    """Give the same reports by another outlet: they become stories."""
    for line in lines:
        values = json.loads(line)
        values |= {"id": f"{values['id']}-copy", "source": "The Copyist"}
        values |= {"url": f"https://copyist.example/{values['id']}", "title": values["title"] + " "}
        yield json.dumps(values) + "\n"


def made_up(numbers: range, *, edit: str) -> Iterator[dict[str, object]]:
    """Give articles of invented words, four to an event."""
    for number in numbers:
        words = random.Random(number // 4).sample(range(5000), 25)
        some = random.Random(number).sample(words, 18)
        yield {
            "id": f"a{number}",
            "text": edit + " ".join(f"word{word}" for word in some),
            "language": ("en", "nl")[number % 2],
            "source": f"outlet {number % 7}",
            "published_at": 1_683_000_000 + 60 * number,
        }
