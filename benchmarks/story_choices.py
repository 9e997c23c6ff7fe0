"""The constants that are set by hand, chosen again for each set on all the others.

A value that was chosen with a set in sight says nothing of how it does on the next one. So each
constant is tried at a few values, and each set is scored at the value that is best on the others:
what that loses against the shipped value, and against the set's own best, is what choosing by
hand is worth. The rest of the model is learnt with the scored set left out.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from labelled import Labelled
from story_windows import Case, cases

from engine.index.faiss_build import build_index
from engine.same_event.pair_model import PairModel, shipped_model
from engine.stories.agreement import bcubed
from engine.stories.partition import judge, partition

VALUES = {
    "lenience": (0.5, 1.0, 1.5, 2.0),
    "penalty": (0.05, 0.1, 0.2),
    "held_share": (0.5, 0.75, 1.0),
    "tail_share": (0.01, 0.03, 0.06),
    "event_days": (0.5, 0.7, 1.5),
    "window_days": (0.2, 0.4, 0.8),
}
"""Of a pair model; the shipped value is tried as well where it is not among them."""

PARTITIONING = ("held_share",)
"""Those of which judging pairs knows nothing, so that a window is judged once for all values."""

KINDS = ("whole", "thin")

Scores = dict[str, dict[float, float]]
"""Of each set at each value."""


def choose(sets: Sequence[Labelled], learnt: Callable[[str], PairModel]) -> Iterator[str]:
    """Yield the lines that say, constant by constant, what is chosen and what that loses."""
    for name, listed in VALUES.items():
        shipped = float(getattr(shipped_model(), name))
        values = sorted({*listed, shipped})
        scores = scored(sets, learnt, name, values)
        yield f"{name}: shipped {shipped:g}, tried {', '.join(f'{value:g}' for value in values)}"
        yield from _said(scores, shipped)


def scored(
    sets: Sequence[Labelled], learnt: Callable[[str], PairModel], name: str, values: list[float]
) -> Scores:
    """Return the score of each set at each value; its forms and kinds weigh the same."""
    cells: dict[str, dict[tuple[str, str], list[list[float]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    settings: list[dict[str, Any]] = [{name: value} for value in values]
    for labelled in sets:
        for case in cases(labelled, KINDS):
            model = learnt(case.source)
            found = _f1s(case, [replace(model, **setting) for setting in settings], name)
            cells[case.source][case.form, case.kind].append(found)
    return {
        source: dict(
            zip(values, np.mean([np.mean(f, axis=0) for f in own.values()], 0), strict=True)
        )
        for source, own in cells.items()
    }


def _f1s(case: Case, models: Sequence[PairModel], name: str) -> list[float]:
    """Return the score of a case with each of `models`, which differ in `name`."""
    found = []
    judged = judge(case.window, build_index, model=models[0])
    for model in models:
        if name in PARTITIONING:
            judged = replace(judged, model=model)
        elif model is not models[0]:
            judged = judge(case.window, build_index, model=model)
        found.append(bcubed(partition(case.window, judged).labels, case.gold).f1)
    return found


def _said(scores: Scores, shipped: float) -> Iterator[str]:
    losses = []
    for source, own in scores.items():
        others = [each for name, each in scores.items() if name != source]
        chosen = max(own, key=lambda value: np.mean([each[value] for each in others]))
        against = 100 * (own[shipped] - own[chosen]), 100 * (max(own.values()) - own[chosen])
        losses.append(against)
        yield (
            f"  {source:20} {chosen:5g} scores {own[chosen]:.3f}, loses {against[0]:5.2f} against "
            f"the shipped value and {against[1]:5.2f} against its own best; "
            + ", ".join(f"{value:g}: {score:.3f}" for value, score in own.items())
        )
    mean = np.mean(losses, axis=0)
    yield f"  mean loss {mean[0]:.2f} and {mean[1]:.2f} points"
