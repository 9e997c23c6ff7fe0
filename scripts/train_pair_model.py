"""Learn the pair model from the development sets, and say how it does on each when left out.

    scripts/train_pair_model.py DATA VECTORS [--out engine/clustering/pair_model.json]

DATA is the folder of the labelled sets. VECTORS is a folder for their raw embeddings, as
``<set>.f.npy`` (title and lead) and ``<set>.t.npy`` (titles only); missing ones are encoded
and kept there, which takes some minutes.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np

from engine.clustering import cluster
from engine.clustering.calibration import LabelledPairs, refit, reliability
from engine.clustering.candidates import candidate_pairs, nearest_rows
from engine.clustering.evidence import weigh
from engine.clustering.features import pair_features
from engine.clustering.metrics import bcubed
from engine.clustering.pair_model import PairModel, shipped_model, write_model
from engine.clustering.window import Window
from engine.clustering.window_terms import WindowTerms
from engine.domain import EncoderSpec, embedding_text
from engine.encoding import Centring, fit_centring, open_encoder, reference_offsets
from engine.indexing import build_index

SETS = ("meantime", "ecbplus_dev", "roundups_2021", "ntrex_parallel")
JUDGED = "tgcontest"
TWO_LETTERS = {
    "arb": "ar", "ces": "cs", "deu": "de", "ell": "el", "eng": "en", "fin": "fi", "fra": "fr",
    "hin": "hi", "ita": "it", "jpn": "ja", "nld": "nl", "pol": "pl", "por": "pt", "ron": "ro",
    "rus": "ru", "spa": "es", "swa": "sw", "tur": "tr", "ukr": "uk", "zho-CN": "zh",
}  # fmt: skip


@dataclass(frozen=True)
class Labelled:
    """One set in one form: ``f`` with bodies or ``t`` titles only."""

    name: str
    form: str
    window: Window
    gold: np.ndarray
    pairs: np.ndarray
    known: np.ndarray
    related: np.ndarray


def main() -> None:
    """Train, report and write."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("vectors", type=Path)
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    sets = list(read_sets(options.data, options.vectors))
    start = shipped_model()
    report: dict[str, object] = {
        "sets": sorted({each.name for each in sets}),
        "note": "each set in full and with titles only; left_out: learned on the other sets",
        "left_out": {},
    }
    for name in sorted({each.name for each in sets}):
        model = learn([each for each in sets if each.name != name], start)
        for each in sets:
            if each.name == name:
                found = score(each, model)
                report["left_out"][f"{name}.{each.form}"] = found
                print(name, each.form, json.dumps(found), flush=True)
    model = learn(sets, start)
    report["in_set"] = {f"{each.name}.{each.form}": score(each, model) for each in sets}
    print(json.dumps(report["in_set"]))
    print(asdict(model))
    if options.out:
        write_model(rounded(model), options.out, report=report)


def rounded(model: PairModel) -> PairModel:
    """Return `model` with four digits, which is more than the data tell."""
    values = asdict(model)
    numbers = {k: round(v, 4) for k, v in values.items() if isinstance(v, float)}
    pairs = {
        k: tuple(round(each, 4) for each in v) for k, v in values.items() if isinstance(v, tuple)
    }
    return replace(model, **numbers, **pairs)


def learn(sets: Sequence[Labelled], start: PairModel) -> PairModel:
    """Return the model of `sets`, dated sets also without their dates."""
    examples = []
    for each in sets:
        # Judged pairs were picked by hand, and are not spread as candidates are.
        if each.name == JUDGED:
            continue
        undated = np.full(len(each.window), np.nan)
        for published in (each.window.published, undated):
            features = pair_features(each.window, each.pairs, WindowTerms(each.window))
            if published is undated:
                features = replace(features, days=np.full(len(each.pairs), np.nan))
                if np.isnan(each.window.published).all():
                    continue
            examples.append(LabelledPairs(features, published, each.known, each.related))
    return refit(start, examples, pseudo_pairs=0.0)


def score(each: Labelled, model: PairModel) -> dict[str, object]:
    """Return how `model` does on a set."""
    features = pair_features(each.window, each.pairs, WindowTerms(each.window))
    evidence = weigh(features, each.window.published, model)
    chance, truth = evidence.probabilities[each.known], each.related[each.known]
    measured = reliability(chance, truth)
    found: dict[str, object] = {
        "brier": round(measured.brier, 4),
        "calibration_error": round(measured.error, 4),
        "curve": [[round(a, 3), round(b, 3), n] for a, b, n in measured.curve],
        "pair_accuracy": round(float(((chance > 0.5) == truth).mean()), 4),
        "share_related": round(evidence.mixture.share, 3),
    }
    if each.name != JUDGED:
        agreement = bcubed(cluster(each.window, build_index, model=model).labels, each.gold)
        found["bcubed"] = [
            round(value, 4) for value in (agreement.precision, agreement.recall, agreement.f1)
        ]
    return found


def read_sets(data: Path, vectors: Path) -> Iterator[Labelled]:
    """Yield each set in both forms."""
    for form in ("f", "t"):
        for name in SETS:
            window, lines = read_window(data / f"{name}.jsonl", vectors, form)
            gold = np.unique([line["cluster"] for line in lines], return_inverse=True)[1]
            index = build_index(window.vectors)
            pairs = candidate_pairs(nearest_rows(window, index), WindowTerms(window))
            related = gold[pairs[:, 0]] == gold[pairs[:, 1]]
            yield Labelled(name, form, window, gold, pairs, np.ones(len(pairs), bool), related)
        yield judged_pairs(data, vectors, form)


def judged_pairs(data: Path, vectors: Path, form: str) -> Labelled:
    """Return the set of which only some pairs are judged; they join the candidates."""
    window, lines = read_window(data / f"{JUDGED}_articles.jsonl", vectors, form)
    place = {line["id"]: row for row, line in enumerate(lines)}
    text = (data / f"{JUDGED}_pairs.jsonl").read_text(encoding="utf-8")
    truth = {}
    for line in map(json.loads, text.splitlines()):
        truth[tuple(sorted((place[line["a"]], place[line["b"]])))] = line["same_event"]
    nearest = nearest_rows(window, build_index(window.vectors))
    found = candidate_pairs(nearest, WindowTerms(window))
    pairs = np.unique(np.concatenate([found, np.array(list(truth))]), axis=0)
    known = np.array([tuple(pair) in truth for pair in pairs.tolist()])
    related = np.array([bool(truth.get(tuple(pair))) for pair in pairs.tolist()])
    return Labelled(JUDGED, form, window, np.zeros(len(window)), pairs, known, related)


def read_window(path: Path, vectors: Path, form: str) -> tuple[Window, list[dict[str, str]]]:
    """Return a set as a window, and its lines."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    bodies = [line["text"] if form == "f" else "" for line in lines]
    languages = [TWO_LETTERS.get(line["language"], line["language"]) for line in lines]
    file = vectors / f"{path.stem}.{form}.npy"
    encoder = open_encoder(EncoderSpec())
    if not file.exists():
        texts = [embedding_text(line["title"], b) for line, b in zip(lines, bodies, strict=True)]
        np.save(file, encoder.encode(texts))
    raw = np.load(file)
    centring = fit_centring(raw, languages, reference=reference())
    window = Window(
        titles=[line["title"] for line in lines],
        bodies=bodies,
        languages=languages,
        sources=[line.get("source") or "" for line in lines],
        published=np.array([seconds(line.get("published_at")) for line in lines]),
        vectors=centring.apply(raw, languages),
    )
    return window, lines


@cache
def reference() -> Centring:
    """Return the centring that the built-in encoder starts from."""
    return reference_offsets(open_encoder(EncoderSpec()))


def seconds(moment: str | None) -> float:
    """Return seconds since 1970; a time without a zone is UTC, none is NaN."""
    if not moment:
        return float("nan")
    text = moment if "T" in moment else f"{moment}T00:00:00"
    parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else datetime.fromisoformat(text + "+00:00")).timestamp()


if __name__ == "__main__":
    main()
