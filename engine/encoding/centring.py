"""Language centring: what a vector says about its language is taken out before comparing.

The models put language before meaning: two unrelated Dutch texts are nearer than a Dutch
and an English report of one event. Subtracting the mean of each language and normalising
again repairs that. Means of few articles would carry away the events that these report,
so they are shrunk towards what a reference of parallel sentences says about the language.
What a vector says about the length of its text goes first, where a base has learnt it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain import UNDETERMINED, Embeddings, Lengths
from engine.encoding.length import LengthOffset, Vectors
from engine.errors import DamagedError, InputError
from engine.protocols import Encoder

Doubles: TypeAlias = npt.NDArray[np.float64]

LANGUAGE_STRENGTH = 8.0
"""Articles of a language that weigh as much as the reference does for it; measured on
subsampled bases (docs/decisions/0004-centring.md)."""

CONTENT_STRENGTH = 16.0
"""Articles of any language that weigh as much as the content of the reference."""

_BLOCK_ROWS = 65_536
"""Rows converted to float64 at a time, which bounds memory on mapped embeddings."""

_KEY_VALUES = 8
"""Values at the start of a row by which equal texts are recognised: 256 bits."""

_SHORTEST = 1e-6
"""Length below which nothing of a vector is left to be normalised."""


@dataclass(frozen=True, slots=True)
class Centring:
    """What to subtract from a vector of each language.

    Attributes
    ----------
    languages
        Codes with a mean of their own, sorted.
    means
        Float32, shape (n_languages, dim).
    otherwise
        Float32, shape (dim,): for a language that is not among these, and for ``"und"``.
    length
        What is said of the length of a text; None where nothing was learnt of it.
    """

    languages: tuple[str, ...]
    means: npt.NDArray[np.float32]
    otherwise: npt.NDArray[np.float32]
    length: LengthOffset | None = None

    def apply(
        self, vectors: Embeddings, languages: Sequence[str], lengths: Lengths | None = None
    ) -> Embeddings:
        """Return centred unit rows, in a new array.

        Parameters
        ----------
        vectors
            Unit rows, shape (n, dim).
        languages
            Code of each row's language, length n.
        lengths
            Characters of each row's text, shape (n,); without them nothing of it is taken out.

        Returns
        -------
        Embeddings
            Float32, shape (n, dim). A row that equals its mean is returned as it was.

        Raises
        ------
        InputError
            If the shapes do not fit.
        """
        _check(vectors, languages, dim=len(self.otherwise))
        table = np.concatenate([self.means, self.otherwise[np.newaxis]])  # (n_languages + 1, dim)
        known = {language: row for row, language in enumerate(self.languages)}
        other = len(self.languages)
        rows = np.array([known.get(language, other) for language in languages], dtype=np.intp)
        centred = _without_length(np.asarray(vectors, np.float32), self.length, lengths)
        centred = centred - table[rows]  # (n, dim)
        norms = np.linalg.norm(centred, axis=1, keepdims=True)
        gone = norms[:, 0] < _SHORTEST
        centred[gone] = vectors[gone]
        norms[gone] = 1.0
        unit: Embeddings = centred / norms
        return unit

    def to_bytes(self) -> bytes:
        """Return what `from_bytes` reads: an ``npz`` archive without pickled objects."""
        file = io.BytesIO()
        values = {"languages": np.array(self.languages, dtype=np.str_), "means": self.means}
        values["otherwise"] = self.otherwise
        if self.length is not None:
            values["slope"] = self.length.slope
            values["inverse_lengths"] = np.array([self.length.usual, self.length.most])
        np.savez(file, **values)  # type: ignore[arg-type]
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Centring:
        """Read what `to_bytes` returned.

        Raises
        ------
        DamagedError
            If the content is truncated or something else.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as file:
                languages = tuple(str(code) for code in file["languages"])
                means, otherwise = file["means"], file["otherwise"]
                # Earlier engines wrote nothing of the length of texts.
                length = _length_of(file) if "slope" in file else None
        except Exception as error:  # a damaged archive makes zipfile and numpy raise all sorts
            raise DamagedError(
                f"The stored centring cannot be read ({error}); run 'engine rebuild'."
            ) from error
        if means.shape != (len(languages), len(otherwise)) or means.dtype != np.float32:
            raise DamagedError(
                f"The stored centring holds means of shape {means.shape} and type {means.dtype} "
                f"for {len(languages)} languages; run 'engine rebuild'."
            )
        return cls(languages, means, otherwise, length)


def _length_of(file: Mapping[str, npt.NDArray[np.float32]]) -> LengthOffset:
    """Return what `Centring.to_bytes` wrote of the length of texts."""
    usual, most = (float(value) for value in file["inverse_lengths"])
    slope = file["slope"]
    if slope.shape != file["otherwise"].shape or slope.dtype != np.float32:
        raise ValueError(f"a slope of shape {slope.shape} and type {slope.dtype}")
    return LengthOffset(slope, usual, most)


def _without_length(
    vectors: Vectors, offset: LengthOffset | None, lengths: Lengths | None
) -> Vectors:
    """Take out what is said of the length of texts, where anything is known of it."""
    return vectors if offset is None or lengths is None else offset.taken_out(vectors, lengths)


def reference_sentences() -> dict[str, list[str]]:
    """Return the shipped sentences, the same ones in every language, by language."""
    file = Path(__file__).parent / "reference" / "sentences.jsonl"
    entries = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    entries.sort(key=lambda entry: str(entry["language"]))
    return {str(entry["language"]): list(entry["sentences"]) for entry in entries}


def reference_offsets(encoder: Encoder) -> Centring:
    """Return the centring that the shipped reference sentences give with `encoder`.

    The sentences are parallel across languages, so that their means differ by language
    and not by topic. The result depends on the encoder alone: compute it once for each
    fingerprint. It can be applied as it is where there are no articles yet.
    """
    reference = reference_sentences()
    texts = [text for sentences in reference.values() for text in sentences]
    vectors = encoder.encode(texts).astype(np.float64)
    ends = np.cumsum([len(sentences) for sentences in reference.values()])
    means = np.stack([part.mean(axis=0) for part in np.split(vectors, ends[:-1])])
    return Centring(
        languages=tuple(reference),
        means=means.astype(np.float32),
        otherwise=means.mean(axis=0).astype(np.float32),
    )


def fit_centring(
    vectors: Embeddings,
    languages: Sequence[str],
    *,
    reference: Centring | None = None,
    length: LengthOffset | None = None,
    lengths: Lengths | None = None,
) -> Centring:
    """Return the centring of a body of articles.

    With r the reference's mean of a language, g its mean over languages and o = r - g, the
    content of the articles is c = (sum of (v - o) + S g) / (n + S), and the mean of a
    language is (sum of its v + L (c + o)) / (its n + L), where S and L are
    `CONTENT_STRENGTH` and `LANGUAGE_STRENGTH`. Equal vectors, which are equal texts, count
    once. A language that only the reference knows gets c + o.

    Parameters
    ----------
    vectors
        Unit rows, shape (n, dim); may be mapped from a file.
    languages
        Code of each row's language, length n. Rows in ``"und"`` count as content only.
    reference
        What `reference_offsets` returns for the same encoder; without it, every o is
        zero and g is the mean of the articles.
    length, lengths
        What `fit_length_offset` learnt of some of the articles, and the characters of each
        row's text, shape (n,): v is what remains without it.

    Raises
    ------
    InputError
        If the shapes do not fit, or there is neither an article nor a reference.
    """
    dim = vectors.shape[1] if reference is None else len(reference.otherwise)
    _check(vectors, languages, dim=dim)
    distinct = _distinct(vectors)
    if len(distinct) == 0 and reference is None:
        raise InputError("Centring needs at least one article or a reference, got neither.")
    codes, sums, counts = _sums(vectors, languages, distinct, length, lengths)
    offsets: dict[str, Doubles] = {}
    total, n_articles = sums.sum(axis=0), float(counts.sum())
    if reference is not None:
        base = reference.otherwise.astype(np.float64)
        rows = reference.means.astype(np.float64) - base
        offsets = dict(zip(reference.languages, rows, strict=True))
        nothing = np.zeros(dim)
        for code, count in zip(codes, counts, strict=True):
            total = total - count * offsets.get(code, nothing)
        total, n_articles = total + CONTENT_STRENGTH * base, n_articles + CONTENT_STRENGTH
    content = total / n_articles  # (dim,)
    means = {code: content + offset for code, offset in offsets.items()}
    for code, rows_sum, count in zip(codes, sums, counts, strict=True):
        prior = means.get(code, content)
        means[code] = (rows_sum + LANGUAGE_STRENGTH * prior) / (count + LANGUAGE_STRENGTH)
    means.pop(UNDETERMINED, None)
    named = sorted(means)
    table = np.array([means[code] for code in named], dtype=np.float32).reshape(-1, dim)
    return Centring(tuple(named), table, content.astype(np.float32), length)


def _check(vectors: Embeddings, languages: Sequence[str], *, dim: int) -> None:
    """Refuse vectors that do not fit the languages or the dimension."""
    if vectors.ndim != 2 or vectors.shape != (len(languages), dim):
        raise InputError(
            f"Expected vectors of shape ({len(languages)}, {dim}), one row for each language, "
            f"got {vectors.shape}."
        )


def _distinct(vectors: Embeddings) -> npt.NDArray[np.intp]:
    """Return the row of the first of each set of equal vectors, ascending."""
    if len(vectors) == 0:
        return np.empty(0, dtype=np.intp)
    starts = np.ascontiguousarray(vectors[:, :_KEY_VALUES])
    # One opaque value a row is much faster to sort than rows: np.unique(axis=0) is not used.
    keys = starts.view(np.dtype((np.void, starts.itemsize * starts.shape[1])))[:, 0]
    _, first = np.unique(keys, return_index=True)
    return np.sort(first)


def _sums(
    vectors: Embeddings,
    languages: Sequence[str],
    chosen: npt.NDArray[np.intp],
    length: LengthOffset | None,
    lengths: Lengths | None,
) -> tuple[list[str], Doubles, Doubles]:
    """Return the languages, their sums (n_languages, dim) and counts (n_languages,)."""
    codes, numbers = np.unique(np.array(languages, dtype=np.str_), return_inverse=True)
    sums = np.zeros((len(codes), vectors.shape[1]))
    for start in range(0, len(chosen), _BLOCK_ROWS):
        rows = chosen[start : start + _BLOCK_ROWS]
        block: Doubles = np.asarray(vectors[rows], dtype=np.float64)
        block = _without_length(block, length, None if lengths is None else lengths[rows])
        for number in np.unique(numbers[rows]):
            sums[number] += block[numbers[rows] == number].sum(axis=0)
    counts = np.bincount(numbers[chosen], minlength=len(codes)).astype(np.float64)
    return codes.tolist(), sums, counts
