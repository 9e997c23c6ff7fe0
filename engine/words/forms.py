"""Which words are forms of one: declined, joined to little words, or in another language."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache, lru_cache
from itertools import takewhile

from engine.words.cldr import places
from engine.words.terms import SYLLABLES, latin

SHARED_START = 4
"""Letters with which two spellings of one word begin alike, at least, and half of the longer:
words are declined, and names are written otherwise from language to language."""

Head = tuple[str, str]
"""The letters of a word, and the code of the place that it is, or empty."""

_ARABIC_AND, _ARABIC_TO = frozenset("وف"), frozenset("بكل")
_HEBREW_PREFIXES, _HEBREW_PREFIXES_AT_MOST = frozenset("ושהבלמכ"), 2
_KOREAN_PARTICLES = re.compile(
    "(?:은|는|이|가|을|를|의|에|에서|에게|에는|에도|께|으로|로|와|과|도|만|까지|부터|보다|처럼|이나|이라고|라고)$"
)
_SHORTEST_BASE, _SHORTEST_KOREAN_BASE = 3, 2
_JOINING = frozenset({"HANGUL", "ARABIC", "HEBREW"})
_BEFORE_JOINING = "\u0590"


@lru_cache(maxsize=1 << 16)
def script_of(text: str) -> str:
    """Return the script of the first letter of `text`, such as LATIN; empty without letters."""
    letter = next((character for character in text if character.isalpha()), "")
    return unicodedata.name(letter, "").partition(" ")[0] if letter else ""


@lru_cache(maxsize=1 << 16)
def bases(word: str) -> tuple[str, ...]:
    """Return `word` and what is left without the little words that its script joins to it.

    Those are the conjunctions, prepositions and the article before a word in Arabic and Hebrew,
    and the particles after one in Korean. Some letters of a word look like them, so that a
    base counts only where something else shows that it is a word.
    """
    script = script_of(word)
    if script == "HANGUL":
        base = _KOREAN_PARTICLES.sub("", word)
        return (word, base) if _SHORTEST_KOREAN_BASE <= len(base) < len(word) else (word,)
    if script == "ARABIC":
        found = _arabic_bases(word)
    elif script == "HEBREW":
        found = [word]
        while len(found) <= _HEBREW_PREFIXES_AT_MOST and found[-1][:1] in _HEBREW_PREFIXES:
            found.append(found[-1][1:])
    else:
        return (word,)
    longer = (base for base in found[1:] if len(base) >= _SHORTEST_BASE)
    return (word, *dict.fromkeys(longer))


def joins(word: str) -> bool:
    """Tell whether `word` is in a script in which `bases` may find more than itself."""
    return word >= _BEFORE_JOINING and script_of(word) in _JOINING


def _arabic_bases(word: str) -> list[str]:
    found = [word]
    if word[0] in _ARABIC_AND:
        found.append(word[1:])
    found += [base[1:] for base in found if base[:1] in _ARABIC_TO]
    found += ["ال" + base[2:] for base in found if base.startswith("لل")]
    return found + [base[2:] for base in found if base.startswith("ال")]


@lru_cache(maxsize=1 << 16)
def place_of(word: str, language: str) -> str:
    """Return the code of the place that `word` is in `language`; empty for none.

    Where a language declines its names, forms of that of a country are it, too.
    """
    known, word = places(language), word.casefold()
    exact = next((known[base] for base in bases(word) if base in known), "")
    if exact or unicodedata.category(word[0]) == "Lo":
        return exact
    letters = _letters(word)
    countries = _countries(language).get(letters[:SHARED_START], ())
    alike = {code for country, code in countries if _is_like(letters, country)}
    return alike.pop() if len(alike) == 1 else ""


@cache
def _countries(language: str) -> Mapping[str, list[tuple[str, str]]]:
    """Return the countries of one word and their codes, by the start of the word."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, code in places(language).items():
        if "/" not in code and " " not in name:
            letters = _letters(name)
            found[letters[:SHARED_START]].append((letters, code))
    return found


@lru_cache(maxsize=1 << 6)
def _starts_of_places(languages: frozenset[str]) -> frozenset[str]:
    """Return how the places begin that `languages` name, as written, and countries in Latin."""
    return frozenset[str]().union(*map(_starts_in, languages))


@cache
def _starts_in(language: str) -> frozenset[str]:
    return frozenset(name[:SHARED_START] for name in places(language)).union(_countries(language))


def _may_be_place(word: str, starts: Collection[str]) -> bool:
    """Tell whether `place_of` may know a word: most begin as no place does.

    Parameters
    ----------
    word, starts
        The word, and what `_starts_of_places` returns for the languages that are asked for.
    """
    folded = word.casefold()
    return folded >= _BEFORE_JOINING or folded[:SHARED_START] in starts or _start(folded) in starts


def forms_of_one(
    words: Iterable[str],
    languages: Iterable[str],
    spoken: Callable[[str], Iterable[str]],
    same_as: Mapping[str, str],
) -> list[list[str]]:
    """Return `words` by what they are forms of; each joins the first that is like it.

    Parameters
    ----------
    words, languages
        The words, the best known first, and all languages in which one may stand.
    spoken
        Returns those in which a word stands; asked of few, as most words begin as no place does.
    same_as
        What some words are forms of, by other evidence.

    Notes
    -----
    Two words are forms of one if they are one place in two languages, are one without little
    words that are joined to them, or begin alike in Latin letters. Chinese, Japanese and Korean
    words that begin alike do not.
    """
    groups: list[list[str]] = []
    heads: dict[str, list[tuple[Head, list[str]]]] = defaultdict(list)
    known: dict[str, list[str]] = {}
    starts = _starts_of_places(frozenset(languages))
    for word in words:
        letters, codes = _letters(word), list[str]()
        if _may_be_place(word, starts):
            codes = [code for each in spoken(word) if (code := place_of(word, each))]
        same = [same_as.get(word, word), *codes, *bases(word)]
        head, alike = (letters, codes[0] if codes else ""), heads[letters[:SHARED_START]]
        group = next((known[each] for each in same if each in known), None) or _joined(head, alike)
        if group is None:
            group = []
            groups.append(group)
            alike.append((head, group))
        group.append(word)
        for each in same:
            known.setdefault(each, group)
    return groups


def words_apart(
    words: Iterable[str], languages: Iterable[str], related: Collection[str]
) -> set[str]:
    """Return casefolded words of which `forms_of_one` makes groups of their own, if not all such.

    Most begin as no other does, which takes a tenth of the time to see.

    Parameters
    ----------
    words, languages
        As for `forms_of_one`.
    related
        The words that are forms of one, and what they are forms of, by other evidence.
    """
    starts = {word: _start(word) for word in words}
    n_words = Counter(starts.values())
    known = _starts_of_places(frozenset(languages))
    bare = {base for word in starts if joins(word) for base in bases(word)}
    return {
        word
        for word, start in starts.items()
        if n_words[start] == 1
        and not _may_be_place(word, known)
        and word not in related
        and word not in bare
    }


def _joined(head: Head, alike: Iterable[tuple[Head, list[str]]]) -> list[str] | None:
    """Return the first group of words that are like one, unless it is another place."""
    letters, place = head
    for (other, code), group in alike:
        if _is_like(letters, other) and (not place or not code or place == code):
            return group
    return None


def _letters(word: str) -> str:
    """Return what is compared of a word: its letters, in Latin where it is not in syllables."""
    if word.isascii() and word.isalnum():
        return word.casefold()
    return "".join(filter(str.isalnum, word if word[0] >= SYLLABLES else latin(word)))


@lru_cache(maxsize=1 << 17)
def _start(word: str) -> str:
    return _letters(word)[:SHARED_START]


def _is_like(one: str, other: str) -> bool:
    """Tell whether two words with the same start are forms of one."""
    if min(len(one), len(other)) < SHARED_START:
        return one == other
    shared = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))
    )
    return 2 * shared >= max(len(one), len(other))
