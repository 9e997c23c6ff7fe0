"""Learn the pair model from the development sets, and say how it does on each when left out.

    python benchmarks/train_pair_model.py DATA VECTORS [--out engine/same_event/pair_model.json]

DATA is the folder of the labelled sets. VECTORS is a folder for their raw embeddings, as
``<set>.f.npy`` (title and lead) and ``<set>.t.npy`` (titles only); missing ones are encoded
and kept there, which takes some minutes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
from labelled import (
    LEARNT_FORMS,
    Labelled,
    learning_pairs,
    options_parser,
    read_sets,
    read_window,
)

from engine.index.faiss_build import build_index
from engine.same_event.calibration import LabelledPairs, refit, reliability
from engine.same_event.candidates import candidate_pairs, nearest_neighbours
from engine.same_event.features import pair_features
from engine.same_event.pair_model import PairModel, shipped_model, write_model
from engine.same_event.window_terms import WindowTerms
from engine.stories.agreement import bcubed
from engine.stories.partition import judge, partition

JUDGED = "tgcontest"

Learning = tuple[Labelled, LabelledPairs]


def main() -> None:
    """Train, report and write."""
    parser = options_parser(__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    sets = [(each, learning_pairs(each)) for each in read_sets(options.data, options.vectors)]
    sets += [judged_pairs(options.data, options.vectors, form) for form in LEARNT_FORMS]
    names = sorted({each.name for each, _ in sets})
    start = shipped_model()
    left_out: dict[str, object] = {}
    report: dict[str, object] = {
        "sets": names,
        "note": "each set in full and with titles only; left_out: learned on the other sets; "
        "share_related: fitted, true",
        "left_out": left_out,
    }
    for name in names:
        model = learn([each for each in sets if each[0].name != name], start)
        for each, pairs in sets:
            if each.name == name:
                found = score(each, pairs, model)
                left_out[f"{name}.{each.form}"] = found
                print(name, each.form, json.dumps(found), flush=True)
    model = learn(sets, start)
    report["in_set"] = {
        f"{each.name}.{each.form}": score(each, pairs, model) for each, pairs in sets
    }
    print(json.dumps(report["in_set"]))
    print(asdict(model))
    if options.out:
        write_model(rounded(model), options.out, report=report)


def rounded(model: PairModel) -> PairModel:
    """Return `model` with four digits, which is more than the data tell."""
    values = asdict(model)
    for name, value in values.items():
        if isinstance(value, float):
            values[name] = round(value, 4)
        elif isinstance(value, tuple):
            values[name] = tuple(round(each, 4) for each in value)
    return PairModel(**values)


def learn(sets: Sequence[Learning], start: PairModel) -> PairModel:
    """Return the model of `sets`; judged pairs, picked by hand, are not spread as candidates."""
    return refit(start, [pairs for each, pairs in sets if each.name != JUDGED], pseudo_pairs=0.0)


def score(each: Labelled, pairs: LabelledPairs, model: PairModel) -> dict[str, object]:
    """Return how `model` does on a set."""
    if each.name == JUDGED:
        evidence, known, truth = pairs.weighed(model), pairs.known, pairs.related
    else:
        judged = judge(each.window, build_index, model=model)
        evidence, known = judged.evidence, np.ones(len(judged.pairs), np.bool_)
        truth = each.gold[judged.pairs[:, 0]] == each.gold[judged.pairs[:, 1]]
    measured = reliability(evidence.probabilities[known], truth[known])
    found: dict[str, object] = {
        "brier": round(measured.brier, 4),
        "calibration_error": round(measured.error, 4),
        "curve": [[round(a, 3), round(b, 3), n] for a, b, n in measured.curve],
        "share_related": [round(evidence.mixture.share, 3), round(float(truth.mean()), 3)],
    }
    if each.name != JUDGED:
        agreement = bcubed(partition(each.window, judged).labels, each.gold)
        found["bcubed"] = [
            round(value, 4) for value in (agreement.precision, agreement.recall, agreement.f1)
        ]
    return found


def judged_pairs(data: Path, vectors: Path, form: str) -> Learning:
    """Return the set of which only some pairs are judged; they join the candidates."""
    window, lines = read_window(data / f"{JUDGED}_articles.jsonl", vectors, form)
    place = {line["id"]: row for row, line in enumerate(lines)}
    text = (data / f"{JUDGED}_pairs.jsonl").read_text(encoding="utf-8")
    truth = {}
    for line in map(json.loads, text.splitlines()):
        truth[tuple(sorted((place[line["a"]], place[line["b"]])))] = line["same_event"]
    near = nearest_neighbours(window, build_index(window.vectors))
    terms = WindowTerms.of(window)
    found = candidate_pairs(near.rows, terms)
    pairs = np.unique(np.concatenate([found, np.array(list(truth))]), axis=0)
    known = np.array([tuple(pair) in truth for pair in pairs.tolist()])
    related = np.array([bool(truth.get(tuple(pair))) for pair in pairs.tolist()])
    features = pair_features(window, pairs, terms)
    examples = LabelledPairs(features, window.published, known, related)
    return Labelled(JUDGED, form, window, np.full(len(window), -1)), examples


if __name__ == "__main__":
    main()
