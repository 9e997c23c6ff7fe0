"""Measures what watches are told on labelled sets: an event's later articles, and others.

Each watch is made of the first articles of an event by time: of one, of its title and of its
whole text as texts, and of three; a watch of the story that the first is in is beside them. All
that the set has later is then new to it. Printed are the share of the event's later articles that
are told, the share of what is told that is of the event, and the others told to a watch over the
rest of the set; articles without a label are not counted.

Also times a night's watches: 100 at once against one by one.

    python benchmarks/watches.py DATA VECTORS [SET...]
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

import engine
from engine import Base, EncoderSpec, Watch
from engine.encoding import open_encoder
from engine.jobs.lookup.watches import Kept
from engine.jobs.telling.watching import advanced, begun

SETS = ("roundups_2021", "wikinews_sources", "meantime", "gun_violence")

MOST_EVENTS = 60
"""Of a set, drawn by chance."""

EXAMPLES = 3
"""Articles of an example set."""


class Told(NamedTuple):
    """Articles told to a watch: of its event and others, and those of the event in all."""

    own: int
    others: int
    wanted: int


class Labelled:
    """A base of one set, its articles ingested in the order of their times."""

    def __init__(self, folder: Path, path: Path, vectors: Path) -> None:
        """Read, embed or take the vectors that are there, and cluster."""
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        order = sorted(range(len(lines)), key=lambda row: lines[row].get("published_at") or "z")
        names = [f"line-{row:06d}" for row in order]
        used = ("title", "text", "language", "published_at", "source", "url")
        feed = folder / "feed.jsonl"
        with feed.open("w", encoding="utf-8") as stream:
            for name, row in zip(names, order, strict=True):
                known = {field: lines[row][field] for field in used if lines[row].get(field)}
                stream.write(json.dumps({"id": name} | known) + "\n")
        self.base: Base = engine.open(folder / "base")
        self.base.ingest([feed])
        self.articles = self.base.articles(names)
        there = [place for place, name in enumerate(names) if name in self.articles]
        if vectors.exists():
            rows = np.load(vectors)[[order[place] for place in there]]
            fingerprint = open_encoder(EncoderSpec()).fingerprint
            self.base.add_vectors([names[place] for place in there], rows, fingerprint=fingerprint)
        self.base.rebuild()
        self.base.cluster()
        self.keys = self.base.reader.corpus.articles.keys_of(names)
        self.events: dict[str, list[str]] = defaultdict(list)
        for place in there:
            if event := lines[order[place]].get("cluster"):
                self.events[str(event)].append(names[place])

    def first_of(self, n_first: int) -> Iterator[tuple[list[str], set[str]]]:
        """Yield the first articles of events that go on, and their later ones."""
        enough = [own for _, own in sorted(self.events.items()) if len(own) > n_first]
        for place in np.random.default_rng(0).permutation(len(enough))[:MOST_EVENTS].tolist():
            own = enough[place]
            yield own[:n_first], set(own[n_first:])

    def told(self, watch: Watch, first: Sequence[str], later: set[str]) -> Told:
        """Return what a watch that is made after `first` is told of all that is later."""
        last = max(self.keys[id_] for id_ in first)
        known = frozenset(key for key in self.keys.values() if key <= last)
        begins = Kept(watch, {}, last, 0, begun(self.base.reader, watch, {}).stories, known)
        (after,) = advanced(self.base.reader, [begins])
        told = {key for one in after.told for key in one.keys}
        labelled = {id_ for own in self.events.values() for id_ in own}
        found = {id_ for id_ in labelled if self.keys[id_] in told}
        return Told(len(found & later), len(found - later), len(later))

    def watches(self, first: Sequence[str]) -> Iterator[tuple[str, Watch]]:
        """Yield the watches that are made of the first articles of an event, by their kind."""
        if len(first) > 1:
            yield f"{len(first)} articles", Watch("several", articles=tuple(first))
            return
        article = self.articles[first[0]]
        yield "article", Watch("one", articles=(article.id,))
        yield "whole text", Watch("text", text=f"{article.title}\n{article.body}")
        if article.title:
            yield "title", Watch("title", text=article.title)
        if (story := self.base.reader.story_of(article.id)) is not None:
            yield "story", Watch("story", story=story.id)


def score(name: str, labelled: Labelled) -> None:
    """Print what each kind of watch is told."""
    found: dict[str, list[Told]] = defaultdict(list)
    for n_first in (1, EXAMPLES):
        for first, later in labelled.first_of(n_first):
            for kind, watch in labelled.watches(first):
                found[kind].append(labelled.told(watch, first, later))
    for kind, some in found.items():
        own, others, wanted = np.array(some).sum(axis=0).tolist()
        recall, precision = own / wanted, own / max(1, own + others)
        print(f"{name}, {kind}: {len(some)} watches, recall {recall:.3f}, precision "
              f"{precision:.3f}, others a watch {others / len(some):.2f}", flush=True)  # fmt: skip


def time_batch(labelled: Labelled, n_watches: int = 100) -> None:
    """Print the seconds of many watches at once and one by one; the last half is new."""
    reader = labelled.base.reader
    titles = [one.title for one in labelled.articles.values() if one.title][:n_watches]
    last = sorted(labelled.keys.values())[len(labelled.keys) // 2]
    asked = [
        Kept(Watch(f"w{place}", text=title), {}, last, 0) for place, title in enumerate(titles)
    ]
    advanced(reader, asked)
    begin = time.perf_counter()
    together = advanced(reader, asked)
    middle = time.perf_counter()
    alone = [advanced(reader, [one])[0] for one in asked]
    end = time.perf_counter()
    same = sum(one.known == other.known for one, other in zip(together, alone, strict=True))
    print(f"{len(asked)} watches at once {middle - begin:.2f} s, one by one {end - middle:.2f} s, "
          f"{same} are told the same", flush=True)  # fmt: skip


def main(data: Path, vectors: Path, names: Sequence[str]) -> None:
    """Measure the sets."""
    for name in names or SETS:
        with tempfile.TemporaryDirectory() as folder:
            path = data / f"{name}.jsonl"
            labelled = Labelled(Path(folder), path, vectors / f"{name}.f.npy")
            score(name, labelled)
            time_batch(labelled)
            labelled.base.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
