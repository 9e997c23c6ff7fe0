"""Learn the curve of hits from questions of many lengths, and say how it does on each set left out.

    benchmarks/train_hit_curve.py DATA VECTORS [--out engine/same_event/hit_curve.json]

DATA and VECTORS are as for `train_pair_model.py`; what is asked is encoded and kept in VECTORS as
``<set>.asked.npy``. From each of 80 articles of a set come questions of many lengths, from three
words of its headline to its whole lead. What counts are the 50 nearest other articles, in the set
in full and as titles only; a hit is right where both are in one gold cluster. Every set weighs the
same, in each form; in it every length; dated ones with and without their dates.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import regex
from labelled import (
    SETS,
    TITLES_ONLY,
    TWO_LETTERS,
    Labelled,
    learning_pairs,
    options_parser,
    read_window,
    reference,
)

from engine.domain import EncoderSpec, embedding_text
from engine.encoding import fit_centring, open_encoder
from engine.errors import InputError
from engine.jobs.querying.judging import SAMPLED_ARTICLES
from engine.jobs.querying.query import query_article
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

N_ASKED = 80
WORDS, KEYWORDS = range(3, 9), (3, 5)
LEADS = (200, 500, 1000)
COMMON_SHARE = 0.02
"""A word that stands in more of a language's headlines than this is no key word."""
UNSPACED = {"zh", "ja"}
BANDS = {"words": (*(f"w{n}" for n in WORDS), *(f"k{n}" for n in KEYWORDS)), "title": ("title",),
         "sentence": ("sentence",), "lead": tuple(f"lead{n}" for n in LEADS)}  # fmt: skip
STEADY = 1e-4
"""Change of every weight below which the curve is learned, after six steps or so."""


class Asked(NamedTuple):
    """A question: the row of its article, its form, and the text as an article."""

    row: int
    form: str
    language: str
    title: str
    body: str


@dataclass(frozen=True)
class Hits:
    """The hits of all questions of one set in one form, dated or not; parts of (n_hits,)."""

    name: str
    questions: np.ndarray
    forms: np.ndarray
    near: Nearness
    rest: np.ndarray  # log-odds of prior, time and numbers
    prior: float
    related: np.ndarray
    mixture: Mixture


def main() -> None:
    """Train, report and write."""
    parser = options_parser(__doc__.split("\n")[0])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    found = [hits for name in SETS for hits in hits_of(name, options.data, options.vectors)]
    left_out: dict[str, object] = {}
    report: dict[str, object] = {
        "sets": sorted(SETS),
        "note": "left_out: learned on the other sets; [calibration error, Brier score, hits]; "
        "below_floor: [share of hits of the event, of others]; "
        "not_near: [share of nearest articles of the event, of others]",
        "left_out": left_out,
    }
    for name in SETS:
        curve = learn([hits for hits in found if not hits.name.startswith(name)])
        for hits in found:
            if hits.name.startswith(name):
                left_out[hits.name] = score(hits, curve)
                print(hits.name, json.dumps(left_out[hits.name]), flush=True)
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
    return 1 / counts[place] / len(counts)


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
    said = probability(hits.rest + curve.log_odds(hits.near, hits.mixture))
    result: dict[str, object] = {}
    for band, forms in BANDS.items():
        mine = np.isin(hits.forms, forms)
        if mine.any():
            found = reliability(said[mine], hits.related[mine])
            result[band] = [round(found.error, 4), round(found.brier, 4), int(mine.sum())]
    low, first = by_meaning(hits, curve) < curve.floor, nearest(hits)
    far = hits.near.cosines < curve.near
    for label, below, among in (
        ("below_floor", low, np.ones_like(first)),
        ("not_near", far, first),
    ):
        parts = (below[among & hits.related], below[among & ~hits.related])
        result[label] = [round(float(part.mean()), 4) for part in parts]
    return result


def hits_of(name: str, data: Path, vectors: Path) -> Iterator[Hits]:
    """Yield the hits of a set in full and with titles only, undated and dated."""
    for form in ("t",) if name in TITLES_ONLY else ("f", "t"):
        window, lines = read_window(data / f"{name}.jsonl", vectors, form)
        raw = np.load(vectors / f"{name}.{form}.npy")
        centring = fit_centring(raw, window.languages, reference=reference())
        asked, raw_asked = questions(name, lines, vectors)
        centred = centring.apply(raw_asked, [each.language for each in asked])
        gold = np.array([line["cluster"] for line in lines])
        seen, pairs = with_questions(window, asked, centred, gold)
        yield from weighed(Labelled(name, form, window, gold), seen, pairs, asked)


def with_questions(
    window: Window, asked: Sequence[Asked], vectors: np.ndarray, gold: np.ndarray
) -> tuple[Window, np.ndarray]:
    """Return the window with the questions after its articles, and each with its hits."""
    together = Window(
        titles=[*window.titles, *(each.title for each in asked)],
        bodies=[*window.bodies, *(each.body for each in asked)],
        languages=[*window.languages, *(each.language for each in asked)],
        sources=[""] * (len(window) + len(asked)),
        published=np.append(window.published, window.published[[each.row for each in asked]]),
        vectors=np.concatenate([window.vectors, vectors]),
    )
    pairs = []
    for place, each in enumerate(asked):
        cosines = np.where(gold == "", -np.inf, window.vectors @ vectors[place])
        cosines[each.row] = -np.inf
        pairs += [(len(window) + place, row) for row in np.argsort(-cosines)[:JUDGED_HITS].tolist()]
    return together, np.array(pairs, np.int64)


def weighed(
    labelled: Labelled, seen: Window, pairs: np.ndarray, asked: Sequence[Asked]
) -> Iterator[Hits]:
    """Yield the hits of one window, undated, and dated where it has dates."""
    model, window, gold = shipped_model(), labelled.window, labelled.gold
    name = f"{labelled.name}.{labelled.form}"
    mixture = learning_pairs(labelled).weighed(model).mixture
    source = np.array([each.row for each in asked])[pairs[:, 0] - len(window)]
    sampled = np.arange(len(window))[:: max(1, len(window) // SAMPLED_ARTICLES)]
    timing = TimeEvidence(window.published[sampled], model)
    backdrop = Backdrop(timing, window.vectors[sampled])
    measured = pair_features(seen, pairs, LeadNumbers.of(seen))
    # Spreads of these sets are known well enough by themselves.
    alone = replace(model, pseudo_pairs=0.0)
    near = nearness(seen, pairs, measured, backdrop, alone, shipped_curve())
    dated = weigh(measured, timing, model, mixture=mixture)
    prior = mixture.prior / model.temperature
    questions = pairs[:, 0] - len(window)
    forms = np.array([each.form for each in asked])[questions]
    for label, rest in (("undated", 0.0), ("dated", dated.time)):
        if label == "undated" or np.any(dated.time):
            others = prior + (dated.conflict + rest) / model.temperature
            related = gold[source] == gold[pairs[:, 1]]
            yield Hits(f"{name}.{label}", questions, forms, near, others, prior, related, mixture)


def questions(
    name: str, lines: Sequence[dict[str, str]], vectors: Path
) -> tuple[list[Asked], np.ndarray]:
    """Return the questions of a set and their raw vectors."""
    languages = [TWO_LETTERS.get(line["language"], line["language"]) for line in lines]
    known = [row for row, line in enumerate(lines) if line["cluster"] and line["title"]]
    chosen = sorted(np.random.default_rng(0).permutation(known)[:N_ASKED].tolist())
    commonness = Headlines(lines, languages)
    asked = []
    for row in chosen:
        for form, text in forms_of(lines[row], languages[row], commonness).items():
            try:
                article = query_article(text, None, fetched=datetime(2026, 1, 1, tzinfo=UTC))
            except InputError:
                continue  # nothing is left of it after cleaning
            asked.append(Asked(row, form, article.language, article.title, article.body))
    file = vectors / f"{name}.asked.npy"
    if not file.exists():
        texts = [embedding_text(each.title, each.body) for each in asked]
        np.save(file, open_encoder(EncoderSpec()).encode(texts))
    return asked, np.load(file)


def forms_of(line: dict[str, str], language: str, headlines: Headlines) -> dict[str, str]:
    """Return what could be asked about an article, by form."""
    title, text = line["title"], line["text"]
    space = "" if language in UNSPACED else " "
    words = split(title, language)
    rare = [word for word in words if headlines.is_rare(word, language)]
    forms = {f"w{n}": space.join(words[:n]) for n in WORDS if len(words) >= n}
    forms |= {f"k{n}": space.join(rare[:n]) for n in KEYWORDS if len(rare) >= n}
    forms["title"] = title
    if text:
        forms["sentence"] = regex.split(r"(?<=[.!?…؟।])\s+|(?<=[。！？])|\n+", text)[0][:300]
        forms |= {f"lead{n}": embedding_text(title, text, limit=n) for n in LEADS}
    return forms


class Headlines:
    """In how many headlines of its language each word stands."""

    def __init__(self, lines: Sequence[dict[str, str]], languages: Sequence[str]) -> None:
        """Count them."""
        self._total = Counter(languages)
        self._counts: dict[str, Counter[str]] = {}
        for line, language in zip(lines, languages, strict=True):
            words = {bare(word) for word in split(line["title"], language)}
            self._counts.setdefault(language, Counter()).update(words)

    def is_rare(self, word: str, language: str) -> bool:
        """Tell whether a word says what a headline is about."""
        most = max(2, COMMON_SHARE * self._total[language])
        return len(word) > 1 and self._counts[language][bare(word)] <= most


def bare(word: str) -> str:
    """Return a word without the marks around it."""
    return word.casefold().strip(".,:;!?\"'")


def split(text: str, language: str) -> list[str]:
    """Return the words of a text; pairs of characters where no spaces part them."""
    if language not in UNSPACED:
        return text.split()
    whole = "".join(text.split())
    return [whole[start : start + 2] for start in range(0, len(whole), 2)]


if __name__ == "__main__":
    main()
