"""Learn the curve of hits from questions of many lengths, and say how it does on each set left out.

    benchmarks/train_hit_curve.py DATA VECTORS [--out engine/same_event/hit_curve.json]

DATA and VECTORS are as for `train_pair_model.py`; what is asked is encoded and kept in VECTORS as
``<set>.asked.npy``. From each of 80 articles of a set come questions of many lengths, from three
words of its headline to its whole lead. What counts are the 50 nearest other articles, in the set
in full and as titles only; a hit is right where both are in one gold cluster. Every set weighs the
same, in each form; in it every length; dated ones with and without their dates. Small bases, of
some events of a set, are asked the same, so mostly about what is not in them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from asked import KEYWORDS, LEADS, WORDS, Asked, questions
from labelled import (
    SETS,
    TITLES_ONLY,
    Labelled,
    Raw,
    learning_pairs,
    options_parser,
    read_raw,
    read_window,
)

from engine.domain import EncoderSpec, Rows, embedding_text, lengths_of
from engine.encoding import open_encoder
from engine.index.vectors import SAMPLED_ARTICLES
from engine.same_event.calibration import reliability
from engine.same_event.evidence import weigh
from engine.same_event.features import pair_features
from engine.same_event.hit_curve import (
    LOST,
    HitCurve,
    Nearness,
    curve_inputs,
    shipped_curve,
    write_curve,
)
from engine.same_event.hits import JUDGED_HITS, Backdrop, nearness
from engine.same_event.lead_numbers import LeadNumbers
from engine.same_event.mixture import Mixture, probability
from engine.same_event.pair_model import shipped_model
from engine.same_event.timing import TimeEvidence
from engine.same_event.window import Window

SMALL = (100, 160, 220, 300)
"""Articles of the small bases that are made of every set."""
SMALL_WEIGHT = 0.1
"""What a small base counts of a whole set: at .25 it gains .003 of calibration error and the worst
whole set that is left out loses .006."""
MOST_OF_EVENT = 12
"""Articles of one event in a small base; else three events of an aggregator would fill it."""
BANDS = {"words": (*(f"w{n}" for n in WORDS), *(f"k{n}" for n in KEYWORDS)), "title": ("title",),
         "sentence": ("sentence",), "lead": tuple(f"lead{n}" for n in LEADS)}  # fmt: skip
STEADY = 1e-4
"""Change of every weight below which the curve is learned, after six steps or so."""


@dataclass(frozen=True)
class Base:
    """Some rows of a set, and what they are asked: parts from `source` on are of the questions."""

    labelled: Labelled
    rows: np.ndarray
    asked: Sequence[Asked]
    source: np.ndarray
    events: np.ndarray
    published: np.ndarray


@dataclass(frozen=True)
class Hits:
    """The hits of all questions of one set in one form, dated or not; parts of (n_hits,).

    `known` tells whether the base has another article of what is asked about; `weight` is 1 of a
    whole set.
    """

    name: str
    questions: np.ndarray
    forms: np.ndarray
    near: Nearness
    rest: np.ndarray  # log-odds of prior, time and numbers
    prior: float
    related: np.ndarray
    mixture: Mixture
    known: np.ndarray
    weight: float


def main() -> None:
    """Train, report and write."""
    parser = options_parser(__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found = [hits for name in SETS for hits in hits_of(name, options.data, options.vectors)]
    left_out: dict[str, object] = {}
    small: dict[str, object] = {}
    report: dict[str, object] = {
        "sets": sorted(SETS),
        "note": "left_out: learned on the other sets; [calibration error, Brier score, hits]; "
        "below_floor: [share of hits of the event, of others]; "
        "not_near: [share of nearest articles of the event, of others]; "
        "small: the same in small bases; absent: share of best hits above .5 and .8 where the "
        "base has none of the event",
        "left_out": left_out,
        "small": small,
    }
    for name in SETS:
        curve = learn([hits for hits in found if not hits.name.startswith(name)])
        for hits in found:
            if hits.name.startswith(name) and hits.weight == 1:
                left_out[hits.name] = score(hits, curve)
                few = [other for other in found if other.name == hits.name and other is not hits]
                small[hits.name] = score_small(few, curve)
                print(hits.name, json.dumps([left_out[hits.name], small[hits.name]]), flush=True)
    curve = learn(found)
    print(curve)
    if options.out:
        write_curve(curve, options.out, report=report)


def learn(sets: Sequence[Hits]) -> HitCurve:
    """Return the curve of `sets` by weighted logistic regression."""
    inputs = np.concatenate([curve_inputs(hits.near, hits.mixture) for hits in sets])
    rest = np.concatenate([hits.rest for hits in sets])
    truth = np.concatenate([hits.related for hits in sets])
    weight = np.concatenate([weights(hits) for hits in sets])
    found, step = np.zeros(inputs.shape[1]), np.ones(inputs.shape[1])
    while np.abs(step).max() > STEADY:  # Newton's method
        belief = probability(rest + inputs @ found)
        curvature = (inputs * (weight * belief * (1 - belief))[:, None]).T @ inputs
        step = np.linalg.solve(curvature, inputs.T @ (weight * (truth - belief)))
        found += step
    full, brief = np.split(found.round(3), 2)
    sets = [hits for hits in sets if hits.weight == 1]
    curve = HitCurve(
        full=tuple(full.tolist()),
        brief=tuple(brief.tolist()),
        usual_spread=float(np.mean([hits.near.spreads.mean() for hits in sets]).round(4)),
        most_spread=float(np.max([hits.near.spreads.max() for hits in sets]).round(4)),
        floor=0.0,
        near=lost_below([hits.near.cosines[nearest(hits) & hits.related] for hits in sets]),
        encoder=open_encoder(EncoderSpec()).fingerprint.partition("|")[0],
    )
    floor = lost_below([by_meaning(hits, curve)[hits.related] for hits in sets])
    return replace(curve, floor=floor)


def weights(hits: Hits) -> np.ndarray:
    """Return what each hit counts: every form of question the same."""
    _, place, counts = np.unique(hits.forms, return_inverse=True, return_counts=True)
    return hits.weight / counts[place] / len(counts)


def lost_below(values: Sequence[np.ndarray]) -> float:
    """Return below what lie `LOST` of the values of all sets, each set weighing the same."""
    weight = np.concatenate([np.full(len(each), 1 / len(each)) for each in values])
    joined = np.concatenate(values)
    order = np.argsort(joined)
    share = np.cumsum(weight[order]) / weight.sum()
    return float(joined[order][np.searchsorted(share, LOST)].round(4))


def nearest(hits: Hits) -> np.ndarray:
    """Tell which hits are the nearest of their question."""
    first = np.zeros(len(hits.questions), np.bool_)
    first[np.unique(hits.questions, return_index=True)[1]] = True
    return first


def by_meaning(hits: Hits, curve: HitCurve) -> np.ndarray:
    """Return the probabilities of hits without dates and numbers."""
    return probability(hits.prior + curve.log_odds(hits.near, hits.mixture))


def score(hits: Hits, curve: HitCurve) -> dict[str, object]:
    """Return how `curve` does on a set, by length of what is asked."""
    result = by_length([hits], curve)
    low, first = by_meaning(hits, curve) < curve.floor, nearest(hits)
    far = hits.near.cosines < curve.near
    for label, below, among in (
        ("below_floor", low, np.ones_like(first)),
        ("not_near", far, first),
    ):
        parts = (below[among & hits.related], below[among & ~hits.related])
        result[label] = [round(float(part.mean()), 4) for part in parts]
    return result


def by_length(sets: Sequence[Hits], curve: HitCurve) -> dict[str, object]:
    """Return calibration error, Brier score and number of hits by length of what is asked."""
    said = np.concatenate([believed(hits, curve) for hits in sets])
    truth = np.concatenate([hits.related for hits in sets])
    asked = np.concatenate([hits.forms for hits in sets])
    result: dict[str, object] = {}
    for band, forms in BANDS.items():
        mine = np.isin(asked, forms)
        if mine.any():
            found = reliability(said[mine], truth[mine])
            result[band] = [round(found.error, 4), round(found.brier, 4), int(mine.sum())]
    return result


def score_small(bases: Sequence[Hits], curve: HitCurve) -> dict[str, object]:
    """Return how `curve` does on small bases, and how often it is sure of what is not there."""
    best = []
    for hits in bases:
        most = np.zeros(hits.questions.max() + 1)
        absent = ~hits.known
        np.maximum.at(most, hits.questions[absent], believed(hits, curve)[absent])
        best.append(most[np.unique(hits.questions[absent])])
    joined = np.concatenate(best)
    absent_said = [round(float((joined > least).mean()), 4) for least in (0.5, 0.8)]
    return by_length(bases, curve) | {"absent": absent_said}


def believed(hits: Hits, curve: HitCurve) -> np.ndarray:
    """Return the probabilities of hits."""
    return probability(hits.rest + curve.log_odds(hits.near, hits.mixture))


def hits_of(name: str, data: Path, vectors: Path) -> Iterator[Hits]:
    """Yield the hits of a set and of small bases of it, as whole texts and titles, and dated."""
    for form in ("t",) if name in TITLES_ONLY else ("f", "t"):
        window, lines = read_window(data / f"{name}.jsonl", vectors, form)
        raw = read_raw(data / f"{name}.jsonl", lines, vectors, form)
        gold = np.array([line["cluster"] for line in lines])
        asked, raw_asked = questions(name, lines, vectors)
        whole = Labelled(name, form, window, gold)
        rows = [np.arange(len(gold)), *(some_events(gold, size) for size in SMALL)]
        for weight, chosen in zip((1.0, *[SMALL_WEIGHT] * len(SMALL)), rows, strict=True):
            base, centred = based(whole, chosen, raw, asked, raw_asked)
            seen, pairs = with_questions(base, centred)
            yield from weighed(base, seen, pairs, weight)


def some_events(gold: np.ndarray, size: int) -> np.ndarray:
    """Return the rows of events drawn at random until there are `size`, and not many of any."""
    rng = np.random.default_rng(size)
    rows: list[int] = []
    for event in rng.permutation(np.unique(gold)):
        if len(rows) < size:
            rows += rng.permutation(np.flatnonzero(gold == event))[:MOST_OF_EVENT].tolist()
    return np.array(sorted(rows))


def based(
    whole: Labelled,
    rows: np.ndarray,
    raw: Raw,
    asked: Sequence[Asked],
    raw_asked: np.ndarray,
) -> tuple[Base, np.ndarray]:
    """Return a base of some rows of a set, and the vectors of the questions, centred like it."""
    mine = raw.take(rows)
    window = replace(whole.window.take(Rows(rows)), vectors=mine.centred())
    source = np.array([each.row for each in asked])
    base = Base(
        labelled=Labelled(whole.name, whole.form, window, whole.gold[rows]),
        rows=rows,
        asked=asked,
        source=source,
        events=whole.gold[source],
        published=whole.window.published[source],
    )
    lengths = lengths_of([embedding_text(each.title, each.body) for each in asked])
    return base, mine.centring.apply(raw_asked, [each.language for each in asked], lengths)


def with_questions(base: Base, vectors: np.ndarray) -> tuple[Window, np.ndarray]:
    """Return the window with the questions after its articles, and each with its hits."""
    window, asked = base.labelled.window, base.asked
    together = Window(
        titles=[*window.titles, *(each.title for each in asked)],
        bodies=[*window.bodies, *(each.body for each in asked)],
        languages=[*window.languages, *(each.language for each in asked)],
        sources=[""] * (len(window) + len(asked)),
        published=np.append(window.published, base.published),
        vectors=np.concatenate([window.vectors, vectors]),
    )
    pairs = []
    for place, source in enumerate(base.source.tolist()):
        cosines = np.where(base.labelled.gold == "", -np.inf, window.vectors @ vectors[place])
        cosines[base.rows == source] = -np.inf
        pairs += [(len(window) + place, row) for row in np.argsort(-cosines)[:JUDGED_HITS].tolist()]
    return together, np.array(pairs, np.int64)


def weighed(base: Base, seen: Window, pairs: np.ndarray, weight: float) -> Iterator[Hits]:
    """Yield the hits of one window, undated, and dated where it has dates."""
    model, labelled, window = shipped_model(), base.labelled, base.labelled.window
    mixture = learning_pairs(labelled).weighed(model).mixture
    sampled = np.arange(len(window))[:: max(1, len(window) // SAMPLED_ARTICLES)]
    timing = TimeEvidence(window.published[sampled], model)
    backdrop = Backdrop(timing, window.vectors[sampled])
    measured = pair_features(seen, pairs, LeadNumbers(seen))
    # Spreads of whole sets are known well enough by themselves.
    reading = replace(model, pseudo_pairs=0.0) if weight == 1 else model
    near = nearness(seen, pairs, measured, backdrop, reading, shipped_curve())
    dated = weigh(measured, timing, model, mixture=mixture)
    prior = mixture.prior / model.temperature
    questions = pairs[:, 0] - len(window)
    others = base.rows != base.source[:, None]
    known = (others & (labelled.gold == base.events[:, None])).any(axis=1)
    forms = np.array([each.form for each in base.asked])
    for label, rest in (("undated", 0.0), ("dated", dated.time)):
        if label == "undated" or np.any(dated.time):
            yield Hits(
                name=f"{labelled.name}.{labelled.form}.{label}",
                questions=questions,
                forms=forms[questions],
                near=near,
                rest=prior + (dated.conflict + rest) / model.temperature,
                prior=prior,
                related=base.events[questions] == labelled.gold[pairs[:, 1]],
                mixture=mixture,
                known=known[questions],
                weight=weight,
            )


if __name__ == "__main__":
    main()
