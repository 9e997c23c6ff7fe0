"""A stream of articles that the tests of nightly runs share."""

import datetime as dt
import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np

import engine
from engine.domain import Clustering, EncoderSpec

BRIDGE = "The old stone bridge over the river Elm collapsed on Monday after heavy rain"
ROBBERY = "Three masked robbers took gold coins from the museum of Oldtown at night"
WEEK = dt.timedelta(days=7)
HASHING = EncoderSpec("hashing")
START = dt.datetime(2023, 5, 1, tzinfo=dt.UTC)
WORDS = [f"{a}{b}{c}" for a in "bdfgkl" for b in "aeiou" for c in ("mor", "sat", "vin", "zel")]


def line(id_, text, day, **fields):
    when = None if day is None else (START + dt.timedelta(days=day)).isoformat()
    values = {"id": id_, "title": text[:40], "text": text, "language": "en", "source": "Daily"}
    return json.dumps(values | ({"published_at": when} if when else {}) | fields)


class Stream:
    """Events of which articles appear day by day; each event has words of its own."""

    def __init__(self, folder, *, seed=0, n_events=6, n_days=8):
        self.folder = Path(folder)
        self.randoms = random.Random(seed)
        self.lines = defaultdict(list)
        self.event_of = {}
        for event in range(n_events):
            words = [f"{word}{event}" for word in self.randoms.sample(WORDS, 24)]
            first = self.randoms.randrange(n_days)
            for number in range(self.randoms.randint(1, 7)):
                day = min(n_days - 1, first + self.randoms.randrange(4))
                text = " ".join(self.randoms.sample(words, 14))
                id_ = f"e{event}n{number}"
                self.event_of[id_] = event
                self.lines[day].append(
                    line(id_, text, day + self.randoms.random() * 0.9, source=f"S{number % 3}")
                )
        self.days = sorted(self.lines)

    def file(self, day):
        path = self.folder / f"day-{day}.jsonl"
        path.write_text("\n".join(self.lines[day]) + "\n")
        return path

    def files(self):
        return [self.file(day) for day in self.days]


def hashing_base(folder, **setup):
    """Return a base that uses the hashing encoder, or that of `setup`, from its first night on."""
    base = engine.open(folder, **setup)
    seed = Path(folder).with_suffix(".seed.jsonl")
    seed.write_text(line("seed", "An article that is like no other one.", 0) + "\n")
    base.ingest(seed)
    base.rebuild(spec=None if "encoder" in setup else HASHING)
    return base


def groups(base):
    return sorted(sorted(story.article_ids) for story in base.stories())


def ids_of(base):
    return {id_: story.id for story in base.stories() for id_ in story.article_ids}


SHARED_WORDS = 0.35
"""Share of two texts' words that makes them one event for `by_words`."""


def by_words(window, judged, *, granularity, progress):
    """Cluster by shared words alone: plain enough that a test can foresee every story.

    The tests of nights are about what becomes of clusters, not about which ones there are;
    a handful of made-up articles is too few for the shipped clusterer's statistics.
    """
    words = [set(f"{title} {body}".lower().split()) for title, body in
             zip(window.titles, window.bodies, strict=True)]  # fmt: skip
    labels = np.arange(len(window))
    for row, mine in enumerate(words):
        for other in range(row):
            if len(mine & words[other]) >= SHARED_WORDS * len(mine | words[other]):
                labels[labels == labels[row]] = labels[other]
    _, inverse, sizes = np.unique(labels, return_inverse=True, return_counts=True)
    labels = np.where(sizes[inverse] > 1, inverse, -1).astype(np.int64)
    return Clustering(labels, np.ones(len(window), np.float32))


def shuffled(window, judged, *, granularity, progress):
    """Cluster as `by_words` does, but with every third article in another story."""
    found = by_words(window, judged, granularity=granularity, progress=progress)
    labels = found.labels.copy()
    labels[::3] = np.roll(labels[::3], 1)
    return Clustering(labels, found.strengths)


def forty_events():
    """Return the lines of forty events of four articles; the last forty are of the next day."""
    randoms = random.Random(4)
    events = [" ".join(f"{word}{n}" for word in randoms.sample(WORDS, 16)) for n in range(40)]
    return [
        line(f"e{event}n{number}", f"{words}. Note {number}.", 1 + number // 3 + event / 1000)
        for number in range(4)
        for event, words in enumerate(events)
    ]


def write(path, *lines):
    path.write_text("\n".join(lines) + "\n")
    return path


def plain(base, **setup):
    """Return the same base opened once more, clustered by `by_words`."""
    return engine.open(base.layout.root, **({"clusterer": by_words} | setup))


def after_a_night(folder, *lines, **setup):
    """Return a base in `folder` that has taken in `lines` in one night."""
    base = hashing_base(folder / "base", **({"clusterer": by_words} | setup))
    night(base, folder, *lines, name="first.jsonl")
    return base


def two_stories(tmp_path, **setup):
    """Return a base after one night with two stories, b1 with b2 and r1 with r2."""
    return after_a_night(
        tmp_path,
        line("b1", f"{BRIDGE}.", 1),
        line("b2", f"{BRIDGE}. Nobody was hurt.", 1.1),
        line("r1", f"{ROBBERY}.", 1.2),
        line("r2", f"{ROBBERY}. Police search for them.", 1.3),
        **setup,
    )


def night(base, tmp_path, *lines, name="next.jsonl", **options):
    return base.nightly(write(tmp_path / name, *lines), **{"window": WEEK} | options)


def filled(folder):
    """Return a base after one night with stories of three and two articles, and one alone."""
    return after_a_night(
        folder,
        line("b1", f"{BRIDGE}.", 1),
        line("b2", f"{BRIDGE}. Nobody was hurt.", 1.1),
        line("b3", f"{BRIDGE}. Trains are late.", 1.2),
        line("r1", f"{ROBBERY}.", 1.3),
        line("r2", f"{ROBBERY}. Police search for them.", 1.4),
        line("alone", "A festival opened with music and cake.", 1.5),
    )
