"""Documents per second of the built-in encoder's runtimes against plain sentence-transformers.

Runs the compiled engine, sentence-transformers in fp32, the bulk runtime and, if asked, the
static encoder in turn, in
interleaved rounds over the same texts, and prints speed, ratios, agreement and, where the
texts are labelled, how often the nearest neighbour after centring reports the same event.
The peer is built from the built-in weights, so that all but the static encoder run one model.

    python benchmarks/encoding.py [--rounds 4] [--texts 96] [--static] [--json encoding.json]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from model_folder import save_model

from engine.domain import Embeddings, EncoderSpec, embedding_text
from engine.encoding import Centring, fit_centring, open_encoder, reference_offsets
from engine.encoding.e5.quick import QuickRuntime
from engine.encoding.e5.text import Normaliser
from engine.encoding.e5.weights import Weights, find_weights

ROOT = Path(__file__).resolve().parents[1]
PROMPT = "query: "
PEER = "sentence-transformers fp32"
ENGINE = "compiled engine"
BULK = "bulk runtime"
STATIC = "static encoder"


@dataclass(frozen=True)
class Corpus:
    """Texts with their languages and events; an empty event is that of no other text."""

    name: str
    texts: list[str]
    languages: list[str]
    events: list[str]


def read_corpus() -> Corpus:
    """Return meantime where the development data are, else the shipped sample."""
    data = Path(os.environ.get("ENGINE_DATA", ROOT.parent / "shared" / "data")) / "meantime.jsonl"
    path = data if data.is_file() else ROOT / "engine" / "sample" / "articles.jsonl"
    articles = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return Corpus(
        name=path.stem if path == data else "sample",
        texts=[embedding_text(article["title"], article["text"]) for article in articles],
        languages=[article.get("language") or "und" for article in articles],
        events=[article["cluster"] for article in articles],
    )


def hit_rate(vectors: Embeddings, corpus: Corpus, reference: Centring | None) -> float:
    """Return the share of texts whose nearest other text has the same event, if any has."""
    centring = fit_centring(vectors, corpus.languages, reference=reference)
    centred = centring.apply(vectors, corpus.languages)
    cosines = centred @ centred.T
    np.fill_diagonal(cosines, -np.inf)
    events = np.array(corpus.events)
    nearest = events[cosines.argmax(axis=1)]
    answerable = [event != "" and (events == event).sum() > 1 for event in events]
    return float((nearest == events)[answerable].mean())


def timed(encode: Callable[[list[str]], Embeddings], texts: list[str]) -> tuple[float, Embeddings]:
    """Return documents per second and the vectors."""
    started = time.perf_counter()
    rows = encode(texts)
    return len(texts) / (time.perf_counter() - started), rows


def show(
    speeds: dict[str, list[float]], middle: dict[str, float], rows: dict[str, Embeddings]
) -> None:
    """Print the speeds of each way, their medians in proportion, and how far vectors agree."""
    print("| runtime | docs/s, best | median | times engine | times peer | cosine to peer |")
    print("|---|---|---|---|---|---|")
    for name, speed in middle.items():
        # Of another model, whose vectors have nothing to do with the peer's.
        cosine = "" if name == STATIC else f"{(rows[name] * rows[PEER]).sum(axis=1).mean():.4f}"
        print(
            f"| {name} | {max(speeds[name]):.1f} | {speed:.1f} "
            f"| {speed / middle[ENGINE]:.2f} | {speed / middle[PEER]:.2f} | {cosine} |"
        )


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--texts", type=int, default=96, help="texts in each round")
    parser.add_argument(
        "--static", action="store_true", help="also the static encoder, made first where need be"
    )
    parser.add_argument("--json", type=Path, help="file to write the speeds to")
    options = parser.parse_args()
    from sentence_transformers import SentenceTransformer

    corpus = read_corpus()
    weights = Weights(find_weights())
    normalise = Normaliser(weights)
    quick = QuickRuntime(normalise, prompt=PROMPT, max_tokens=512)
    bulk = open_encoder(EncoderSpec(), storing=True)
    with tempfile.TemporaryDirectory() as folder:
        size = {"n_layers": weights.shape.n_layers, "n_pieces": len(weights.pieces())}
        model = SentenceTransformer(str(save_model(Path(folder), **size)), device="cpu")

    def peer(texts: list[str]) -> Embeddings:
        # Its tokenizer has no normaliser: without this it would read line ends as unknown.
        texts = [normalise(text) for text in texts]
        return model.encode(texts, prompt=PROMPT, show_progress_bar=False)

    ways = {ENGINE: quick.encode, PEER: peer, BULK: bulk.encode}
    if options.static:
        ways[STATIC] = open_encoder(EncoderSpec("static"), storing=True).encode
    chosen = np.random.default_rng(0).permutation(len(corpus.texts))[: options.texts]
    texts = [corpus.texts[number] for number in chosen]
    for encode in ways.values():
        encode(texts[:10])  # load and warm up
    speeds: dict[str, list[float]] = {name: [] for name in ways}
    rows: dict[str, Embeddings] = {}
    for number in range(options.rounds):
        for name, encode in ways.items():
            speed, rows[name] = timed(encode, texts)
            speeds[name].append(speed)
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    middle = {name: float(np.median(values)) for name, values in speeds.items()}
    print(f"{len(texts)} texts of {corpus.name}, {options.rounds} interleaved rounds\n")
    show(speeds, middle, rows)
    if options.json:
        found = {"texts": len(texts), "rounds": options.rounds, "documents a second": middle}
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    reference = reference_offsets(bulk)
    print("\n| runtime | hit@1 over all texts, centred |\n|---|---|")
    for name in (PEER, BULK):
        rate = hit_rate(ways[name](corpus.texts), corpus, reference)
        print(f"| {name} | {rate:.4f} |")


if __name__ == "__main__":
    main()
