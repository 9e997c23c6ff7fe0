"""The people and places of a story, each in one spelling.

A name is what is written with a capital inside sentences, in any script that has capitals,
without a list of names. In languages that write every noun so, only what stands beside
another capital, or is a name in another language of the story, counts. Months and weekdays do
not. `engine.words.uncapitalised` says what is a name in scripts without capitals.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest
from itertools import chain, groupby

from engine.domain import Rows
from engine.same_event.capitals import Capitals, read_capitals
from engine.same_event.window import Window
from engine.words.forms import bases, forms_of_one, script_of
from engine.words.terms import latin
from engine.words.uncapitalised import (
    can_be_heard,
    is_known_name,
    sound,
    sounds_like,
)

NOUNS_SHARE = 0.25
"""Capitals among the words inside sentences from which a language writes nouns with capitals:
0.35 in the sample's German, 0.03 to 0.14 in 13 other languages."""

PSEUDO_WORDS = 50
"""Small words that are taken for granted, so that a few names in a few words tell nothing."""

SAMPLED_ARTICLES = 100
"""Articles of a language from which its use of capitals is learned."""

SHORTEST_NAME = 3
"""Letters of a name at least; shorter ones are shared by chance."""

LONGEST_RUN = 4
"""Words of a name at most."""


Run = tuple[str, ...]
"""Words with a capital, side by side."""


@dataclass(frozen=True, slots=True)
class Name:
    """One name in some articles.

    Attributes
    ----------
    spellings
        In how many of the articles each of its forms stands.
    runs
        In how many of them it stands in each row of names side by side, itself among them.
    rows
        The articles.
    """

    spellings: Counter[str]
    runs: Counter[Run]
    rows: frozenset[int]


def noun_languages(window: Window) -> frozenset[str]:
    """Return the languages of `window` that write all nouns with capitals."""
    rows: dict[str, list[int]] = defaultdict(list)
    for row, language in enumerate(window.languages):
        rows[language].append(row)

    def text(row: int) -> tuple[str, str]:
        return window.titles[row], window.bodies[row]

    found = set()
    for language, own in rows.items():
        # In an order that is not that of the articles, so that stories do not depend on it.
        sample = nsmallest(SAMPLED_ARTICLES, own, text)
        articles = [read_capitals(window, row) for row in sample]
        n_sure = sum(len(article.sure) for article in articles)
        n_small = sum(word[0].islower() for article in articles for word in article.words)
        if n_sure > NOUNS_SHARE * (n_sure + n_small + PSEUDO_WORDS):
            found.add(language)
    return frozenset(found)


def find_names(window: Window, rows: Rows, nouns: frozenset[str]) -> list[Name]:
    """Return the names in the articles of `rows`, those in most articles first.

    Parameters
    ----------
    window, rows
        The articles, and which of them are read.
    nouns
        What `noun_languages` returns for `window`.
    """
    articles = {row: read_capitals(window, row) for row in rows.tolist()}
    known = _known(articles, window.languages, nouns)
    runs = {
        row: {part for run in article.runs for part in _parts(run, known[row])}
        for row, article in articles.items()
    }
    plain = {row: article.plain for row, article in articles.items() if article.plain}
    return names_beside(runs, plain, window.languages)


def names_beside(
    parts: Mapping[int, Collection[Run]], plain: Mapping[int, Set[str]], languages: Sequence[str]
) -> list[Name]:
    """Return the names in some articles, those in most of them first.

    Parameters
    ----------
    parts
        The names with capitals in each article, by its row: those side by side as one.
    plain
        What is written in scripts without, by the rows of articles that have such.
    languages
        Of every row.
    """
    where: dict[str, set[int]] = defaultdict(set)
    runs: dict[str, Counter[Run]] = defaultdict(Counter)
    for row, own in parts.items():
        for part in own:
            for word in part:
                where[word].add(row)
                runs[word][part] += 1
    heard = _heard(plain, where)
    for row, words in plain.items():
        for word in words:
            if word in heard or is_known_name(word, languages[row]):
                where[word].add(row)
                runs[word][word,] += 1
    ordered = sorted(where, key=lambda word: (-len(where[word]), len(word), word))
    every = {languages[row] for row in parts}

    def spoken(word: str) -> list[str]:
        return sorted({languages[row] for row in where[word]})

    return [
        Name(
            Counter({word: len(where[word]) for word in forms}),
            sum((runs[word] for word in forms[1:]), runs[forms[0]]),
            frozenset().union(*(where[word] for word in forms)),
        )
        for forms in forms_of_one(ordered, every, spoken, heard)
    ]


def written(name: Name, like: str) -> str:
    """Return `name` as `like` writes it, or in its script as most articles do.

    Names that stand beside it in most of its articles are part of it.
    """
    scripts = _scripts(like)

    def rank(word: str) -> tuple[bool, bool, bool, int, int, str]:
        foreign = script_of(word) not in scripts
        return foreign, word not in like, word.isupper(), -name.spellings[word], len(word), word

    spelling = min(name.spellings, key=rank)
    enough = max(2.0, name.spellings[spelling] / 2)
    whole = [
        (len(run), count, run)
        for run, count in name.runs.items()
        if spelling in run and count >= enough and len(run) <= LONGEST_RUN
    ]
    return " ".join(max(whole)[2] if whole else (spelling,))


@lru_cache(maxsize=1 << 8)
def _scripts(text: str) -> frozenset[str]:
    """Return the script of most letters of a text; Japanese is written in several."""
    counts = Counter(script_of(letter) for letter in text if letter.isalpha())
    japanese = {"HIRAGANA", "KATAKANA"} & counts.keys()
    most = min(counts, key=lambda script: (-counts[script], script), default="")
    return frozenset({"CJK", "HIRAGANA", "KATAKANA"} if japanese and most != "LATIN" else {most})


def _heard(plain: Mapping[int, Set[str]], names: Iterable[str]) -> dict[str, str]:
    """Return which of `names` each word without capitals sounds like, of those that do."""
    by_sound: dict[str, list[str]] = defaultdict(list)
    if plain:
        for name in sorted(names):
            by_sound[sound(name)].append(name)
    found = {}
    for word in filter(can_be_heard, sorted(set().union(*plain.values()))):
        alike = [
            name
            for name in chain.from_iterable(by_sound[sound(base)] for base in bases(word))
            if sounds_like(word, name)
        ]
        if alike:
            found[word] = alike[0]
    return found


def _known(
    articles: Mapping[int, Capitals], languages: Sequence[str], nouns: frozenset[str]
) -> dict[int, set[str]]:
    """Return which words are names in each article."""
    capital: Counter[tuple[str, str]] = Counter()
    for row, article in articles.items():
        language = languages[row]
        sure = article.paired if language in nouns else article.sure
        capital.update([(language, word) for word in sure if len(word) >= SHORTEST_NAME])
    wanted: dict[str, set[str]] = defaultdict(set)
    for language, word in capital:
        wanted[language].add(word.lower())
    small: Counter[tuple[str, str]] = Counter()
    for row, article in articles.items():
        language = languages[row]
        small.update([(language, word) for word in article.words & wanted[language]])
    names: dict[str, set[str]] = defaultdict(set)
    for (language, word), count in capital.items():
        if count >= small[language, word.lower()]:
            names[language].add(word)
    abroad = {latin(word) for language in names.keys() - nouns for word in names[language]}
    return {
        row: {
            word
            for run in article.runs
            for word in run
            if word in names[languages[row]]
            or (languages[row] in nouns and latin(word) in abroad and word in article.sure)
        }
        for row, article in articles.items()
    }


def _parts(run: Run, known: Set[str]) -> list[Run]:
    """Return the parts of a run that are names side by side."""
    return [tuple(part) for is_name, part in groupby(run, known.__contains__) if is_name]
