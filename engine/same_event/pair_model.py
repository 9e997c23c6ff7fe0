"""What was learned about pairs on labelled data: a small reviewed file, read as it is."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any

from engine.disk.sealed import sealed, unsealed
from engine.errors import DamagedError, NotFoundError

_NUMBERS = re.compile(r"\[[^\[\]{}]*\]")
"""Innermost lists, which are written on one line so that a person can read them."""

FILE = "pair_model.json"


@dataclass(frozen=True, slots=True)
class PairModel:
    """Parameters of the same-event evidence; `benchmarks/train_pair_model.py` learns them.

    Attributes
    ----------
    related_means, unrelated_means
        Centred cosine, and overlap of names and numbers, of candidate pairs of one event and
        of others.
    related_deviations, unrelated_deviations
        Standard deviations of these.
    correlation
        Of cosine and overlap among pairs of one kind.
    related_share
        Share of candidate pairs that report one event.
    pseudo_shares
        How much these count against a window's own pairs, as a share of their number:
        ``related`` and ``unrelated`` (means), ``deviation``, ``share``.
    pseudo_pairs
        The same, as a number of pairs: windows with few pairs keep to the model.
    conflict_weight
        Log-odds taken off when no number is shared; at least 0.
    event_days, tail_share, tail_days
        Gaps within an event: exponential with mean `event_days`, but for `tail_share` of
        them with median `tail_days`.
    window_days
        Precision to which gaps are trusted.
    time_bounds
        Least and most log-odds that a gap can give.
    temperature
        What log-odds are divided by before they are said as a probability.
    lenience
        Log-odds added to a pair before articles are grouped: what is a little less likely
        than not still holds an article, as its neighbours hold it as well.
    penalty
        What every pair of articles within a small cluster costs, near or not.
    held_share
        Share of the articles of a cluster, or of as many as one has neighbours where it has
        more, that need a likely pair in a larger one to join it.
    """

    related_means: tuple[float, float]
    unrelated_means: tuple[float, float]
    related_deviations: tuple[float, float]
    unrelated_deviations: tuple[float, float]
    correlation: float
    related_share: float
    pseudo_shares: dict[str, float]
    pseudo_pairs: float
    conflict_weight: float
    event_days: float
    tail_share: float
    tail_days: float
    window_days: float
    time_bounds: tuple[float, float]
    temperature: float
    lenience: float = 1.0
    penalty: float = 0.1
    held_share: float = 0.75


@cache
def shipped_model() -> PairModel:
    """Return the model that comes with the engine."""
    text = Path(__file__).with_name(FILE).read_text(encoding="utf-8")
    return _parsed(text, FILE)


def read_model(path: Path) -> PairModel:
    """Return a model that was written by `write_model`.

    Raises
    ------
    NotFoundError
        When there is no such file.
    DamagedError
        When it is not such a model.
    """
    if not path.is_file():
        raise NotFoundError(f"no pair model at {path}; write one by calibrating on labelled pairs")
    return _parsed(path.read_bytes(), str(path))


def write_model(model: PairModel, path: Path, *, report: dict[str, object]) -> None:
    """Write a model and the report of its training as JSON."""
    write_reviewed({"model": asdict(model), "report": report}, path)


def write_reviewed(values: dict[str, object], path: Path) -> None:
    """Write what was learned as JSON that a person can review."""
    text = json.dumps(sealed(values), indent=2, ensure_ascii=False)
    text = _NUMBERS.sub(lambda found: " ".join(found[0].split()), text)
    path.write_text(text + "\n", encoding="utf-8")


def read_reviewed(text: str | bytes, name: str) -> dict[str, Any]:
    """Return the part `name` of what `write_reviewed` wrote, lists as tuples."""
    found = unsealed(json.loads(text))
    if unknown := found.keys() - {name, "report"}:
        raise ValueError(f"it holds {min(unknown)!r} besides")
    values = dict(found[name])
    return {key: tuple(each) if isinstance(each, list) else each for key, each in values.items()}


def _parsed(text: str | bytes, name: str) -> PairModel:
    try:
        return PairModel(**read_reviewed(text, "model"))
    except (ValueError, KeyError, TypeError) as error:
        expected = ", ".join(field.name for field in fields(PairModel))
        raise DamagedError(
            f"{name} is no pair model ({error}); expected an object 'model' with {expected}"
        ) from error
