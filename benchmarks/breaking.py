"""Replays streams by their dates and counts the alerts on stories that grow fast.

    python benchmarks/breaking.py DATA [--hours 24]

DATA is the folder of the labelled sets; the sample and a made-up stream are measured, too. Stories
are the labelled events, so that what is measured is the alerts and not the clustering, and every
outlet is a voice. A night comes every `--hours` and knows only what came before it. Of each alert
it is looked up afterwards whether the story at least doubled its voices, and how long before it
had half of its last ones. `unlearnt` are the alerts without regard to what became of earlier ones.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from labelled import seconds
from stream import Stream, read_seeds

from engine.domain import Seconds
from engine.jobs.nights.nightly import WINDOW
from engine.stories.growth import RARE, Growth, Numbers, Reports, growth

SAMPLE = Path(__file__).parents[1] / "engine" / "sample" / "articles.jsonl"
SETS = ("roundups_2021", "uci_titles_2014", "gun_violence", "giveme5w1h", "wikinews_sources")

HOUR = 3600


class Told(NamedTuple):
    """An article: when it came, who printed it, and the event that it tells."""

    time: int
    outlet: str
    event: str


@dataclass(frozen=True)
class Replayed:
    """What became of a stream.

    Attributes
    ----------
    n_stories
        Events of two articles or more.
    raised
        Of each alert the voices of the story that night and in the end, and the hours until it
        had half of these.
    """

    n_stories: int
    raised: list[tuple[int, int, float]]

    def __str__(self) -> str:
        """Return it as a line."""
        early = [hours for then, last, hours in self.raised if 2 * then <= last]
        lead = f"{np.median(early):.1f} h" if early else "-"
        n_false = len(self.raised) - len(early)
        return f"{len(self.raised)} alerts, {n_false} false, median lead of the others {lead}"


def main() -> None:
    """Read the streams and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--hours", type=float, default=24.0, help="between two nights")
    options = parser.parse_args()
    step = int(options.hours * HOUR)
    for name, articles in streams(options.data):
        learnt, unlearnt = (replayed(articles, step, learn=learn) for learn in (True, False))
        print(f"{name}: {learnt.n_stories} stories; {learnt}; unlearnt {unlearnt}", flush=True)


def streams(data: Path) -> Iterator[tuple[str, list[Told]]]:
    """Yield the articles of each stream that have a time, in its order."""
    for path in (*(data / f"{name}.jsonl" for name in SETS), SAMPLE):
        if path.exists():
            yield path.stem, _labelled(path)
    made = Stream(read_seeds([]), n_articles=20_000, a_day=1_000)
    hours, events = made.hours.tolist(), made.events.tolist()
    rows = zip(hours, events, strict=True)
    yield "made up", [Told(int(h * HOUR), f"{n % 400}", f"{e}") for n, (h, e) in enumerate(rows)]


def _labelled(path: Path) -> list[Told]:
    lines = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    dated = [(seconds(line.get("published_at")), line) for line in lines]
    return sorted(
        Told(int(time), line["source"], line["cluster"] or line["id"])
        for time, line in dated
        if time == time
    )


def replayed(articles: list[Told], step: int, *, learn: bool) -> Replayed:
    """Return what alerts a stream gives, night by night."""
    numbers, times, shown = _first_reports(articles)
    clock = np.array([told.time for told in articles])
    start = clock[0] - clock[0] % (24 * HOUR)
    raised: dict[int, tuple[int, int, float]] = {}
    for night in np.unique((clock - start) // step).tolist():
        now = start + (night + 1) * step
        there = (times < now) & (shown[numbers] < now)
        if not there.any():
            continue
        ids, own = np.unique(numbers[there], return_inverse=True)
        found = _grown(own, times[there], clock[clock < now], now)
        rare = found.spikes if learn else found.chances <= RARE
        for story in ids[np.unique(own[rare & (times[there] >= now - step)])].tolist():
            voices = times[numbers == story]
            half = voices[(len(voices) + 1) // 2 - 1]
            then = int((voices < now).sum())
            raised.setdefault(story, (then, len(voices), (half - now) / HOUR))
    return Replayed(len(shown), list(raised.values()))


def _grown(own: Numbers, times: Numbers, clock: Numbers, now: int) -> Growth:
    last = np.zeros(own.max() + 1, np.int64)
    np.maximum.at(last, own, times)
    over = last < now - WINDOW.total_seconds()
    return growth(Reports(own.astype(np.int64), Seconds(times)), Seconds(clock), over)


def _first_reports(articles: list[Told]) -> tuple[Numbers, Numbers, Numbers]:
    """Return story and time of each first report, (n,), and when each story had two articles."""
    voices: dict[str, dict[str, int]] = {}
    second: dict[str, int] = {}
    for told in articles:  # in order of time
        if told.event in voices:
            second.setdefault(told.event, told.time)
        voices.setdefault(told.event, {}).setdefault(told.outlet, told.time)
    sizes = [len(voices[event]) for event in second]
    times = [time for event in second for time in voices[event].values()]
    shown = np.array(list(second.values()))
    return np.repeat(np.arange(len(second)), sizes), np.array(times), shown


if __name__ == "__main__":
    main()
