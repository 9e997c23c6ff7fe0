"""Questions of many lengths about the articles of a labelled set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import numpy as np
import regex
from labelled import TWO_LETTERS

from engine.domain import EncoderSpec, embedding_text
from engine.encoding import open_encoder
from engine.errors import InputError
from engine.jobs.querying.query import query_article

N_ASKED = 80
WORDS, KEYWORDS = range(3, 9), (3, 5)
LEADS = (200, 500, 1000)
COMMON_SHARE = 0.02
"""A word that stands in more of a language's headlines than this is no key word."""
UNSPACED = {"zh", "ja"}


class Asked(NamedTuple):
    """A question: the row of its article, its form, and the text as an article."""

    row: int
    form: str
    language: str
    title: str
    body: str


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
