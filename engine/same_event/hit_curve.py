"""How surely a cosine tells that a hit reports the event of a text of any length.

A short text is less near to everything, and some texts are nearer to all of a base than
others. So a cosine is also read against how far those of the text to the base at large spread
and against how near articles of other events usually are there, and the weights of all three
change with the logarithm of the length. They are learnt from labelled sets by
`benchmarks/train_hit_curve.py`; the reviewed file holds how it does on each set left out.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from engine.domain import LEAD_CHARACTERS
from engine.same_event.features import Floats
from engine.same_event.mixture import Mixture
from engine.same_event.pair_model import read_reviewed, write_reviewed

FILE = "hit_curve.json"

SAME_TEXT = 0.9999
"""Cosine from which an article of the base is the text that is asked for itself."""


class Nearness(NamedTuple):
    """What the curve is drawn over; float64, each of shape (n_pairs,).

    Attributes
    ----------
    cosines
        Centred cosines of what is asked for to its hits, in [-1, 1].
    spreads
        Root mean square of the cosines of what is asked for to the base at large.
    brevity
        Of what is asked for, see `brevity`.
    """

    cosines: Floats
    spreads: Floats
    brevity: Floats


@dataclass(frozen=True, slots=True)
class HitCurve:
    """A logistic curve: weights for a full lead, and what each unit of brevity adds to them.

    Attributes
    ----------
    full, brief
        Weights of 1, of the cosine, and of cosine and usual cosine of other events, both
        over the spread.
    usual_spread
        Mean spread over the sets; a base of few articles keeps to it.
    most_spread
        Largest spread of the sets; beyond, where all of a base is near, nothing is known.
    floor
        Probability by meaning alone below which a hit is surely nothing: the labelled sets
        have `LOST` of their hits of one event there.
    near
        Cosine below which the nearest article says that nothing is near: the labelled sets
        have `LOST` of the nearest articles that are of the event there.
    encoder
        First part of the fingerprint of the encoder whose cosines it was learnt from.
    """

    full: tuple[float, float, float, float]
    brief: tuple[float, float, float, float]
    usual_spread: float
    most_spread: float
    floor: float
    near: float
    encoder: str

    def log_odds(self, near: Nearness, mixture: Mixture) -> Floats:
        """Return what nearness in meaning adds to the log-odds of one event; (n_pairs,)."""
        known = near._replace(spreads=np.minimum(near.spreads, self.most_spread))
        found: Floats = curve_inputs(known, mixture) @ np.array([*self.full, *self.brief])
        return found


LOST = 0.01
"""Share of what is of the event, each set weighing the same, that is given up to show less of
what is not: one in a hundred, which is what a percentage can say. At two and five, questions
about the events of another set are answered with nothing in .47 and .70 instead of .31, and
the worst set that is left out loses 8 and 17 % instead of 4."""


def curve_inputs(near: Nearness, mixture: Mixture) -> npt.NDArray[np.float64]:
    """Return what the weights of a `HitCurve` are for; float64, shape (n_pairs, 8)."""
    ones = np.ones(len(near.cosines))
    usual = mixture.unrelated[0] / near.spreads
    full = np.stack([ones, near.cosines, near.cosines / near.spreads, usual], axis=1)
    return np.concatenate([full, full * near.brevity[:, None]], axis=1)


def brevity(characters: npt.NDArray[np.int64]) -> Floats:
    """Return how much shorter texts of so many characters are than a full lead.

    Returns
    -------
    numpy.ndarray
        Float64: natural logarithm of the ratio, 0 for a full lead, and at most 6.9.
    """
    found: Floats = np.log(LEAD_CHARACTERS / np.clip(characters, 1, LEAD_CHARACTERS))
    return found


@cache
def shipped_curve() -> HitCurve:
    """Return the curve that comes with the engine."""
    text = Path(__file__).with_name(FILE).read_text(encoding="utf-8")
    return HitCurve(**read_reviewed(text, "curve"))


def curve_of(fingerprint: str) -> HitCurve | None:
    """Return the curve of the cosines of an encoder; None where it is not known."""
    curve = shipped_curve()
    return curve if fingerprint.partition("|")[0] == curve.encoder else None


def write_curve(curve: HitCurve, path: Path, *, report: dict[str, object]) -> None:
    """Write a curve and the report of its training as JSON."""
    write_reviewed({"curve": asdict(curve), "report": report}, path)
