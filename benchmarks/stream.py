"""A stream of made-up articles with vectors around real ones, as long as one likes.

Events have sizes by a power law, begin evenly over the days and are told within some days, with
names and numbers of their own. Vectors lie near those that are given as real parts of a
difference of two of them, so they keep the correlations that an index works on. Every article
depends on its number alone, so a part of the stream can be made again anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Numbers = npt.NDArray[np.int64]

START = datetime(2024, 1, 1, tzinfo=UTC)

MOST_OF_AN_EVENT = 2000
"""Articles of the largest event."""

TOLD_DAYS = 1.0
"""Mean days between the beginning of an event and an article of it."""

EVENT_FAR, ARTICLE_FAR = 0.5, 0.45
"""How far an event is from a seed and an article from its event, in differences of seeds."""

WORDS, SENTENCES, SENTENCE_WORDS = 20_000, 8, 18
"""Words there are, sentences of an article and words of one.

With names and numbers an article has some 1,100 characters, 170 words and 8 numbers, and a title
some 17 pieces of the built-in model's vocabulary. In labelled news the medians of sets with bodies
are 1,100 to 3,300 characters and 150 to 550 words, and of titles 15 to 22 pieces.
"""

TITLE_WORDS = 5

OUTLETS = 400

_SYLLABLES = [one + other for one in "bdfghjklmnprstvz" for other in "aeiou"]

_ROUNDS = np.array([0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)


@dataclass(frozen=True)
class Stream:
    """Articles in the order of their days.

    Attributes
    ----------
    seeds
        Real vectors: float32 unit rows, (n_seeds, dim).
    n_articles
        How many there are.
    a_day
        How many a day has.
    """

    seeds: Floats
    n_articles: int
    a_day: int
    events: Numbers = field(init=False, repr=False)
    hours: npt.NDArray[np.float64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Deal out the articles to events, and say when each is told."""
        random = np.random.default_rng(0)
        sizes = np.minimum(random.zipf(2.0, self.n_articles), MOST_OF_AN_EVENT)
        sizes = sizes[: int(np.searchsorted(np.cumsum(sizes), self.n_articles)) + 1]
        events = np.repeat(np.arange(len(sizes)), sizes)[: self.n_articles]
        begun = random.uniform(0, self.n_articles / self.a_day, len(sizes))
        days = begun[events] + random.exponential(TOLD_DAYS, self.n_articles)
        order = np.argsort(days, kind="stable")
        object.__setattr__(self, "events", events[order])
        object.__setattr__(self, "hours", 24 * days[order])

    def vectors(self, rows: Numbers) -> Floats:
        """Return unit rows, (n_rows, dim): each near the vector of its event."""
        events = self.events[rows]
        means = self.seeds[_picked(events, 0, len(self.seeds))]
        means = self._moved(means, events, 1, EVENT_FAR)
        return self._moved(means, rows, 3, ARTICLE_FAR)

    def _moved(self, vectors: Floats, numbers: Numbers, salt: int, far: float) -> Floats:
        one, other = (_picked(numbers, salt + more, len(self.seeds)) for more in (0, 1))
        found = vectors + np.float32(far) * (self.seeds[one] - self.seeds[other])
        return unit(found)

    def write(self, path: Path, rows: Sequence[int]) -> None:
        """Write articles as JSON lines."""
        with path.open("w", encoding="utf-8") as file:
            file.writelines(self._lines(rows))

    def _lines(self, rows: Sequence[int]) -> Iterator[str]:
        words = np.array([spelled(number) for number in range(WORDS)])
        for row in rows:
            event = int(self.events[row])
            random = np.random.default_rng(row)
            picked = words[(random.zipf(1.3, (SENTENCES, SENTENCE_WORDS)) + 37 * event) % WORDS]
            names = [spelled(WORDS + 3 * event + n).capitalize() for n in range(3)]
            body = " ".join(
                f"The {' '.join(line)} {names[n % 3]} {event % 97 + n}."
                for n, line in enumerate(picked)
            )
            yield (
                json.dumps(
                    {
                        "id": name_of(row),
                        "title": f"The {' '.join(picked[0, :TITLE_WORDS])} {names[0]}",
                        "text": body,
                        "language": ("en", "nl", "de", "fr")[row % 4],
                        "source": f"Outlet {row % OUTLETS}",
                        "published_at": (START + timedelta(hours=self.hours[row])).isoformat(),
                    }
                )
                + "\n"
            )


def spelled(number: int) -> str:
    """Return a word that can be spoken, another for each number: two syllables or more."""
    rest, word = number + len(_SYLLABLES), ""
    while rest >= 0:
        rest, place = divmod(rest, len(_SYLLABLES))
        word, rest = word + _SYLLABLES[place], rest - 1
    return word


def name_of(row: int) -> str:
    """Return the id of an article."""
    return f"a{row}"


def read_seeds(paths: Sequence[Path]) -> Floats:
    """Return the vectors of ``.npy`` files as unit rows; without any, made-up ones.

    Those lie around 200 topics, in directions that fade as real ones do.
    """
    if paths:
        return unit(np.concatenate([np.load(path) for path in paths]).astype(np.float32))
    random = np.random.default_rng(0)
    topics = random.standard_normal((200, 384), np.float32)[random.integers(200, size=6000)]
    fading = np.arange(1, 385, dtype=np.float32) ** -0.4
    return unit((topics + random.standard_normal((6000, 384), np.float32)) * fading)


def unit(rows: Floats) -> Floats:
    """Return `rows` with length 1."""
    scaled: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled


def _picked(numbers: Numbers, salt: int, below: int) -> Numbers:
    """Return a number below `below` for each of `numbers`, as if at random (splitmix64)."""
    golden = np.uint64(0x9E3779B97F4A7C15)
    mixed = (numbers.astype(np.uint64) * np.uint64(8) + np.uint64(salt + 1)) * golden
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _ROUNDS[0]
    mixed = (mixed ^ (mixed >> np.uint64(27))) * _ROUNDS[1]
    mixed ^= mixed >> np.uint64(31)
    found: Numbers = (mixed % np.uint64(below)).astype(np.int64)
    return found
