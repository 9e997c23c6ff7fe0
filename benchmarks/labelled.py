"""The labelled sets as windows, and the pairs that a model learns from.

Each set is read in full (``f``: title and body), as titles only (``t``), and mixed (``m``), as
where some feeds give no more than titles. Raw embeddings are kept beside each other as
``<set>.f.npy`` and ``<set>.t.npy``; missing ones are encoded.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from engine.domain import EncoderSpec, embedding_text, lengths_of
from engine.encoding import (
    Centring,
    fit_centring,
    fit_length_offset,
    open_encoder,
    reference_offsets,
)
from engine.index.faiss_build import build_index
from engine.protocols import Encoder
from engine.same_event.calibration import LabelledPairs
from engine.same_event.candidates import candidate_pairs, nearest_neighbours
from engine.same_event.features import pair_features
from engine.same_event.window import Window
from engine.same_event.window_terms import WindowTerms

FORMS = {"f": "full text", "t": "titles only", "m": "half of them titles only"}

LEARNT_FORMS = ("f", "t")
"""Of which the pair model learns: that it does well on mixed windows is not its own exam then."""

SETS = (
    "ecbplus_dev", "giveme5w1h", "meantime", "ntrex_parallel", "roundups_2021", "uci_titles_2014",
    "wikinews_sources", "gun_violence",
)  # fmt: skip

TITLES_ONLY = ("uci_titles_2014",)
"""Sets whose articles have no bodies: in full they would only be said twice."""

MIXED_SHARE = 0.5
"""Of the articles that are read in full in a mixed window."""

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


@dataclass(frozen=True)
class Raw:
    """What was embedded of a set in one form, before it is centred.

    Attributes
    ----------
    languages
        Of each article.
    vectors, titles
        Of the articles in that form, and of their titles: float32, shape (n, dim).
    lengths, title_lengths
        Characters of these, shape (n,).
    """

    languages: np.ndarray
    vectors: np.ndarray
    titles: np.ndarray
    lengths: np.ndarray
    title_lengths: np.ndarray

    def take(self, rows: np.ndarray) -> Raw:
        """Return some of the articles."""
        return Raw(*(getattr(self, each.name)[rows] for each in fields(self)))

    @cached_property
    def centring(self) -> Centring:
        """What a base of these articles centres vectors by."""
        length = fit_length_offset(self.titles, self.vectors, self.title_lengths, self.lengths)
        return fit_centring(
            self.vectors,
            self.languages.tolist(),
            reference=reference(),
            length=length,
            lengths=self.lengths,
        )

    def centred(self) -> np.ndarray:
        """Return the vectors as such a base stores them."""
        return self.centring.apply(self.vectors, self.languages.tolist(), self.lengths)


def read_sets(data: Path, vectors: Path, forms: Iterable[str] = LEARNT_FORMS) -> Iterator[Labelled]:
    """Yield the sets that are in `data`, each in some forms."""
    for name in SETS:
        if not (path := data / f"{name}.jsonl").exists():
            continue
        for form in forms:
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
    raw = read_raw(path, lines, vectors, form)
    whole = in_full(len(lines), form)
    window = Window(
        titles=[line["title"] for line in lines],
        bodies=[line["text"] if full else "" for line, full in zip(lines, whole, strict=True)],
        languages=raw.languages.tolist(),
        sources=[line.get("source") or "" for line in lines],
        published=np.array([seconds(line.get("published_at")) for line in lines]),
        vectors=raw.centred(),
    )
    return window, lines


def in_full(n: int, form: str) -> np.ndarray:
    """Tell which of `n` articles have bodies in a form."""
    drawn = np.random.default_rng(0).random(n) < MIXED_SHARE
    return {"f": np.ones(n, np.bool_), "t": np.zeros(n, np.bool_), "m": drawn}[form]


def read_raw(path: Path, lines: Sequence[dict[str, str]], vectors: Path, form: str) -> Raw:
    """Return what is embedded of a set in one form; what is not yet in `vectors` is kept there."""
    whole = in_full(len(lines), form)
    short = [embedding_text(line["title"], "") for line in lines]
    long = [embedding_text(line["title"], line["text"]) for line in lines] if whole.any() else short
    titles = _kept(vectors / f"{path.stem}.t.npy", short)
    # A set without bodies needs no vectors of full texts.
    full = _kept(vectors / f"{path.stem}.f.npy", long) if whole.any() else titles
    title_lengths, lengths = lengths_of(short), lengths_of(long)
    return Raw(
        languages=np.array([TWO_LETTERS.get(line["language"], line["language"]) for line in lines]),
        vectors=np.where(whole[:, np.newaxis], full, titles),
        titles=titles,
        lengths=np.where(whole, lengths, title_lengths),
        title_lengths=title_lengths,
    )


def _kept(file: Path, texts: Sequence[str]) -> np.ndarray:
    """Return the raw vectors of texts, from `file` once it is there."""
    if not file.exists():
        np.save(file, _encoder().encode(texts))
    found: np.ndarray = np.load(file)
    return found


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
