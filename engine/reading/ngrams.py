"""Tells the languages of one script apart by the byte n-grams of a text.

The method and the weights are those of langid (Lui and Baldwin 2012, "langid.py: An
Off-the-shelf Language Identification Tool") as retrained in py3langid 0.4: naive Bayes
over log counts. The table is the part of that model which news needs, made by
scripts/distil_languages.py; its licence is in ngrams.LICENSE.txt.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from typing import Final

import numpy as np
import numpy.typing as npt

SCRIPTS: Final = ("latin", "cyrillic", "arabic", "devanagari")
"""Scripts that the table covers."""


_SHARES: Final = {
    "en": 10.0,
    **dict.fromkeys(("ar", "de", "es", "fr", "it", "nl", "pl", "pt", "ru", "tr", "uk"), 3.0),
}
"""How much more news there is in a language than in one that is not named, roughly. It
decides only short texts: "drone surrenders" is sooner English than Luxembourgish."""


@dataclass(frozen=True, slots=True)
class Table:
    """The n-grams of one script.

    Attributes
    ----------
    rows
        N-gram in UTF-8 to its row of `weights`.
    weights
        Int8, shape (n_grams, n_languages); times `scale` a log probability, up to a
        constant of the row.
    scale
        Step of the weights.
    priors
        Float32, shape (n_languages,); what the model starts from.
    shares
        Float32, shape (n_languages,); weights of the languages in the news.
    languages
        ISO 639-1 codes, in the order of the columns.
    longest
        Bytes of the longest n-gram.
    """

    rows: Mapping[bytes, int]
    weights: npt.NDArray[np.int8]
    scale: float
    priors: npt.NDArray[np.float32]
    shares: npt.NDArray[np.float32]
    languages: tuple[str, ...]
    longest: int


def likeliest(text: str, script: str) -> tuple[str, float]:
    """Return the likeliest language of `text` and its probability among the candidates.

    Parameters
    ----------
    text
        Some words, in Unicode form NFC.
    script
        One of `SCRIPTS`.
    """
    table = _table(script)
    data = (text.lower() if text.isupper() else text).encode("utf-8", "surrogatepass")
    counts = _counts(data, table)
    scores = table.priors.copy()
    if counts:
        found = np.fromiter(counts.keys(), dtype=np.intp, count=len(counts))
        logs = np.log1p(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)))
        scores += logs @ table.weights[found] * np.float32(table.scale)
    # The temperature keeps the probabilities comparable across lengths (py3langid).
    likely = np.exp((scores - scores.max()) / math.sqrt(len(data) or 1)) * table.shares
    best = int(likely.argmax())
    return table.languages[best], float(likely[best] / likely.sum())


def _counts(data: bytes, table: Table) -> dict[int, int]:
    """Count the longest known n-gram that ends at each byte."""
    counts: dict[int, int] = {}
    rows = table.rows
    lengths = range(table.longest, 0, -1)
    for end in range(1, len(data) + 1):
        for length in lengths:
            row = rows.get(data[max(0, end - length) : end])
            if row is not None:
                counts[row] = counts.get(row, 0) + 1
                break
    return counts


@lru_cache(maxsize=len(SCRIPTS))
def _table(script: str) -> Table:
    with (
        as_file(files("engine.reading").joinpath("ngrams.npz")) as path,
        np.load(path, allow_pickle=False) as arrays,
    ):
        found = {name: arrays[f"{script}_{name}"] for name in _ARRAYS}
    ends = np.cumsum(found["lengths"], dtype=np.int64).tolist()
    data = found["grams"].tobytes()
    starts = [0, *ends[:-1]]
    languages = tuple(found["languages"].tolist())
    return Table(
        rows={data[a:b]: row for row, (a, b) in enumerate(zip(starts, ends, strict=True))},
        weights=found["weights"],
        scale=float(found["scale"]),
        priors=found["priors"],
        shares=np.array([_SHARES.get(code, 1.0) for code in languages], dtype=np.float32),
        languages=languages,
        longest=int(found["lengths"].max()),
    )


_ARRAYS: Final = ("grams", "lengths", "weights", "scale", "priors", "languages")
