"""Names in scripts that have no capitals.

Such a name is a place that CLDR knows in the language, a name of the Chinese dictionary, or a
word that sounds like what another article of the story writes with a capital.
"""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from functools import cache, lru_cache

from engine.words.cldr import places
from engine.words.forms import bases, place_of, script_of
from engine.words.segmenting import chinese_tag
from engine.words.terms import latin

FEWEST_CONSONANTS = 3
"""Consonants of a name that is known by its sound, at least; shorter ones are alike by chance."""

FEWEST_WITHOUT_VOWELS = 4
"""The same for scripts that write no short vowels, so that there is less to compare."""

CONSONANTS = ("bp", "fvw", "ckqgx", "j", "sz", "dt", "lr", "mn")
"""Consonants that are written for each other from script to script. After the groups of
Soundex (Russell 1918, US patent 1,261,167), with the hissing and the lip sounds apart and l
with r, which Japanese does not tell apart."""

CHINESE_NAMES = frozenset({"nrt", "nrfg", "ns", "nt"})
"""Tags of foreign and of eminent people, places and organisations in the dictionary of jieba."""

CHINESE_PEOPLE = "nr"
"""Its tag of all other people, which many common words have, too."""

SHORTEST_FOREIGN = 3
"""Characters of a foreign name in Chinese from which it shows that it is written by its sound."""

_CLASS = {letter: group[0] for group in CONSONANTS for letter in group}
_SOFT_C = re.compile("c(?=[eiy])")
_VOWEL_W = re.compile("(?<=.)w")
_VOWELLESS = frozenset({"ARABIC", "HEBREW"})


def is_uncapitalised(word: str) -> bool:
    """Tell whether a word is written in a script without capitals."""
    return unicodedata.category(word[0]) == "Lo"


def is_known_name(word: str, language: str) -> bool:
    """Tell whether a word without capitals is a place, or a name in the Chinese dictionary."""
    if place_of(word, language):
        return True
    if language != "zh":
        return False
    tag = chinese_tag(word)
    if tag == CHINESE_PEOPLE:
        return len(word) >= SHORTEST_FOREIGN and _foreign_characters().issuperset(word)
    return tag in CHINESE_NAMES


@cache
def _foreign_characters() -> frozenset[str]:
    """Return the characters with which Chinese writes foreign places, most by their sound."""
    return frozenset().union(*(name for name in places("zh") if len(name) >= SHORTEST_FOREIGN))


def can_be_heard(word: str) -> bool:
    """Tell whether a word without capitals is written by its sound, so far as we can tell.

    What is Chinese is not, and what Japanese takes from other languages is in katakana.
    """
    return script_of(word) not in {"CJK", "HIRAGANA"}


@lru_cache(maxsize=1 << 16)
def sound(word: str) -> str:
    """Return the consonants of a word in any script, one for each group, none twice in a row."""
    letters = _VOWEL_W.sub("", _SOFT_C.sub("s", latin(word)))
    heard = [_CLASS[letter] for letter in letters if letter in _CLASS]
    return "".join(one for one, before in zip(heard, ["", *heard], strict=False) if one != before)


def sounds_like(word: str, name: str) -> bool:
    """Tell whether `word`, in a script without capitals, is how it writes `name`.

    Their consonants are the same, and so are half of their letters, if the script has vowels
    (the measure is that of Ratcliff and Metzener 1988, "Pattern matching: the gestalt approach").
    """
    consonants = sound(name)
    if script_of(word) in _VOWELLESS:
        return len(consonants) >= FEWEST_WITHOUT_VOWELS and any(
            sound(base) == consonants for base in bases(word)
        )
    return len(consonants) >= FEWEST_CONSONANTS and any(
        sound(base) == consonants
        and SequenceMatcher(None, latin(base), latin(name), autojunk=False).ratio() >= 1 / 2
        for base in bases(word)
    )
