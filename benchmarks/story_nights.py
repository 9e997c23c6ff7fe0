"""Two sets taken in night by night through the job that a newsroom runs, with them left out."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from labelled import seconds

import engine
from engine.same_event.pair_model import PairModel, write_model
from engine.same_event.window import SECONDS_OF_A_DAY

REPLAYED = {
    "roundups_2021": (timedelta(days=1), 28),
    "uci_titles_2014": (timedelta(hours=6), 2),
}
"""Time between two nights, and the last days that are taken."""


def replay_nights(
    data: Path, vectors: Path, learnt: Callable[[str], PairModel], asked: tuple[str, ...]
) -> Iterator[str]:
    """Yield a line for each set; embeddings are kept in `vectors`."""
    for name, (step, n_days) in REPLAYED.items():
        if not name.startswith(asked) or not (data / f"{name}.jsonl").exists():
            continue
        with (
            tempfile.TemporaryDirectory() as scratch,
            engine.open(vectors / "replays" / name) as base,
        ):
            feed = Path(scratch) / f"{name}.jsonl"
            feed.write_text("\n".join(_last_days(data / f"{name}.jsonl", n_days)))
            base.layout.root.mkdir(parents=True, exist_ok=True)
            # A replay takes the model of the base that it is made in.
            write_model(learnt(name), base.layout.pair_model, report={})
            found = base.replay([feed], step=step)
        yield (
            f"{name}: {found.n_articles} articles in {found.n_nights} nights, "
            f"B-cubed F1 {found.bcubed_f1:.3f}, from scratch "
            f"{found.bcubed_f1_from_scratch:.3f}, ids kept {found.ids_kept:.1%}, "
            f"articles that changed story {found.changed_story:.1%}, "
            f"with their story {found.merged_with_their_story:.1%}"
        )


def _last_days(path: Path, n_days: int) -> list[str]:
    """Return the lines of the last days of a set, of which the events are known."""
    lines = path.read_text(encoding="utf-8").splitlines()
    moments = [seconds(json.loads(line).get("published_at")) for line in lines]
    start = max(moment for moment in moments if moment == moment) - n_days * SECONDS_OF_A_DAY
    return [line for line, moment in zip(lines, moments, strict=True) if moment >= start]
