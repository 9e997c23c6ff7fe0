"""The labelled sets as windows, and the pairs that a model learns from.

Each set is read in full (``f``: title and body) and as titles only (``t``). Raw embeddings are
kept beside each other as ``<set>.f.npy`` and ``<set>.t.npy``; missing ones are encoded.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np

from engine.domain import EncoderSpec, embedding_text
from engine.encoding import Centring, fit_centring, open_encoder, reference_offsets
from engine.index.faiss_build import build_index
from engine.protocols import Encoder
from engine.same_event.calibration import LabelledPairs
from engine.same_event.candidates import candidate_pairs, nearest_neighbours
from engine.same_event.features import pair_features
from engine.same_event.window import Window
from engine.same_event.window_terms import WindowTerms

FORMS = {"f": "full text", "t": "titles only"}

SETS = (
    "ecbplus_dev", "giveme5w1h", "meantime", "ntrex_parallel", "roundups_2021", "uci_titles_2014",
    "wikinews_sources", "gun_violence",
)  # fmt: skip

TITLES_ONLY = ("uci_titles_2014",)
"""Sets whose articles have no bodies: in full they would only be said twice."""

TWO_LETTERS = {
    "arb": "ar", "ces": "cs", "deu": "de", "ell": "el", "eng": "en", "fin": "fi", "fra": "fr",
    "hin": "hi", "ita": "it", "jpn": "ja", "nld": "nl", "pol": "pl", "por": "pt", "ron": "ro",
    "rus": "ru", "spa": "es", "swa": "sw", "tur": "tr", "ukr": "uk", "zho-CN": "zh",
}  # fmt: skip


@dataclass(frozen=True)
class Labelled:
    """One set in one form.

    Attributes
    ----------
    name, form
        Of the set, and one of `FORMS`.
    window, gold
        The articles, and the event of each: int64, shape (n,).
    """

    name: str
    form: str
    window: Window
    gold: np.ndarray


def options_parser(description: str) -> argparse.ArgumentParser:
    """Return a parser of the folders DATA, of the sets, and VECTORS, of their embeddings."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("data", type=Path)
    parser.add_argument("vectors", type=Path)
    return parser


def read_sets(data: Path, vectors: Path) -> Iterator[Labelled]:
    """Yield the sets that are in `data`, each in all its forms."""
    for name in SETS:
        if not (path := data / f"{name}.jsonl").exists():
            continue
        for form in FORMS:
            if form == "t" or name not in TITLES_ONLY:
                window, lines = read_window(path, vectors, form)
                events = [line["cluster"] for line in lines]
                gold = np.unique(events, return_inverse=True)[1].astype(np.int64)
                yield Labelled(name, form, window, gold)


def learning_pairs(labelled: Labelled) -> LabelledPairs:
    """Return what a model learns from: candidates as every model finds them, before it weighs."""
    window, gold = labelled.window, labelled.gold
    terms = WindowTerms.of(window)
    near = nearest_neighbours(window, build_index(window.vectors))
    pairs = candidate_pairs(near.rows, terms)
    related = gold[pairs[:, 0]] == gold[pairs[:, 1]]
    features = pair_features(window, pairs, terms)
    return LabelledPairs(features, window.published, np.ones(len(pairs), np.bool_), related)


def read_window(path: Path, vectors: Path, form: str) -> tuple[Window, list[dict[str, str]]]:
    """Return a set as a window, and its lines."""
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    bodies = [line["text"] if form == "f" else "" for line in lines]
    languages = [TWO_LETTERS.get(line["language"], line["language"]) for line in lines]
    file = vectors / f"{path.stem}.{form}.npy"
    if not file.exists():
        texts = [embedding_text(line["title"], b) for line, b in zip(lines, bodies, strict=True)]
        np.save(file, _encoder().encode(texts))
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


# Both take seconds, and every set in every form asks for them.
@cache
def _encoder() -> Encoder:
    return open_encoder(EncoderSpec())


@cache
def reference() -> Centring:
    """Return the centring that the built-in encoder starts from."""
    return reference_offsets(_encoder())


def seconds(moment: str | None) -> float:
    """Return seconds since 1970; a time without a zone is UTC, none is NaN."""
    if not moment:
        return float("nan")
    text = moment if "T" in moment else f"{moment}T00:00:00"
    parsed = datetime.fromisoformat(text)
    return (parsed if parsed.tzinfo else datetime.fromisoformat(text + "+00:00")).timestamp()
