"""The words that tell a story from others, in the languages that it is mostly told in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from heapq import nlargest
from itertools import takewhile
from operator import itemgetter

from engine.same_event.names import Name
from engine.stories.contrast import Contrast
from engine.stories.counting import FEWEST_VOICES
from engine.words.cldr import small_calendar_words
from engine.words.forms import bases, forms_of_one, script_of, words_apart
from engine.words.segmenting import chinese_tag
from engine.words.terms import SYLLABLES

N_KEYWORDS = 8
"""Keywords of a story at most."""

Ranked = tuple[tuple[float, ...], list[str]]
"""Forms of one word, and what is smaller for better ones."""

CHINESE_CONTENT = frozenset(["", *"nvajilsbx"])
"""First letters of the tags of nouns, verbs, adjectives, idioms and the like in the dictionary of
jieba, and what is not in it; not adverbs, pronouns, numbers, measures and particles."""


def find_keywords(
    contrast: Contrast, names: Sequence[Name], lead: Sequence[str], languages: Mapping[str, int]
) -> tuple[str, ...]:
    """Return the terms that tell a story from other articles of its languages, best first.

    One outlet alone tells nothing of a story, so a term needs two. Forms of one word are one
    term, shown as most write it in the first of `languages` that has it. Of terms that tell as
    much, those of the first languages come first, and then those earlier in `lead`.

    Parameters
    ----------
    contrast, names
        The words of the story, and its names: spellings of one are one term.
    lead
        The words at the start of the article whose headline stands for the story, in order; events
        are told from the top.
    languages
        Of the story, with their places: first that of the headline, then by number of articles.
    """
    same_as = {
        form.casefold(): min(name.spellings).casefold() for name in names for form in name.spellings
    }
    told = _telling(contrast, same_as, languages)
    alone, others = _apart(told, same_as, languages)
    weighed: list[Ranked] = [((-told[word][1],), [word]) for word in alone]
    weighed += [
        ((-weight,), forms)
        for forms in forms_of_one(others, languages, contrast.languages_of, same_as)
        if (weight := _weight(forms, told, contrast)) > 0
    ]
    places = {term: place for place, term in reversed(list(enumerate(lead)))}
    ranked: list[Ranked] = [
        (
            (
                *weight,
                min(languages[each] for form in forms for each in contrast.languages_of(form)),
                min(places.get(form, len(places)) for form in forms),
            ),
            forms,
        )
        for weight, forms in _best(weighed)
    ]
    found = [(rank, _shown(forms, languages, contrast)) for rank, forms in _best(ranked)]
    return tuple(term for _, term in sorted(found)[:N_KEYWORDS])


def _best(ranked: list[Ranked]) -> list[Ranked]:
    """Return the first `N_KEYWORDS` by rank, and what ranks as the last of them does."""
    ranked.sort(key=itemgetter(0))
    last = ranked[:N_KEYWORDS][-1][0] if ranked else ()
    return list(takewhile(lambda each: each[0] <= last, ranked))


def _weight(
    forms: Sequence[str], told: Mapping[str, tuple[int, float]], contrast: Contrast
) -> float:
    """Return how well forms of one word tell the story; 0 for what too few voices have."""
    n_voices, weight = told[forms[0]]
    if len(forms) > 1:
        n_voices = contrast.n_voices(forms)
        weight = contrast.weight(forms, n_voices)
    return weight if n_voices >= FEWEST_VOICES else 0.0


def _telling(
    contrast: Contrast, same_as: Mapping[str, str], languages: Iterable[str]
) -> dict[str, tuple[int, float]]:
    """Return the words that would tell the story and that enough voices have, in some form.

    With each is how many have it, and what it weighs.
    """
    calendar = _calendar(frozenset(languages))
    joined = contrast.joined({*same_as, *same_as.values()})
    weights = {
        term: found
        for term, found in contrast.weights(joined).items()
        if term not in calendar and _says_something(term)
    }
    if not joined:
        return weights

    def forms(term: str) -> set[str]:
        return {*bases(term), same_as.get(term, term)}

    voices: dict[str, set[int]] = defaultdict(set)
    for term in joined:
        for form in forms(term):
            voices[form] |= contrast.voices_of(term)
    return {
        term: (n_voices, weight)
        for term, (n_voices, weight) in weights.items()
        if n_voices >= FEWEST_VOICES
        or any(len(voices[form]) >= FEWEST_VOICES for form in forms(term))
    }


@lru_cache(maxsize=1 << 8)
def _calendar(languages: frozenset[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(small_calendar_words, languages))


def _apart(
    told: Mapping[str, tuple[int, float]], same_as: Mapping[str, str], languages: Iterable[str]
) -> tuple[list[str], list[str]]:
    """Return the best of the words that are like no other, and all others, the best known first.

    Parameters
    ----------
    told, same_as
        How many voices have each word, with what it weighs, and what some are forms of.
    languages
        All of the story.
    """
    alone = words_apart(told, languages, {*same_as, *same_as.values()})
    best = nlargest(N_KEYWORDS, (told[word][1] for word in alone))
    least = best[-1] if best else 0.0
    others = sorted(told.keys() - alone, key=lambda word: (-told[word][0], -told[word][1], word))
    return [word for word in alone if told[word][1] >= least], others


def _says_something(term: str) -> bool:
    """Tell whether a word can be a keyword: in Chinese, whether it is not one of grammar."""
    return term < SYLLABLES or script_of(term) != "CJK" or chinese_tag(term)[:1] in CHINESE_CONTENT


def _shown(forms: Sequence[str], languages: Mapping[str, int], contrast: Contrast) -> str:
    """Return the form that most have in the first language, without what is joined to it.

    Parameters
    ----------
    forms, languages, contrast
        The forms of one word, the place of each language, and who has the forms.
    """
    if len(forms) == 1:
        return forms[0]

    def rank(form: str) -> tuple[int, int, str]:
        return -contrast.n_voices([form]), len(form), form

    def first(form: str) -> int:
        return min(map(languages.__getitem__, contrast.languages_of(form)))

    best = min(forms, key=lambda form: (first(form), *rank(form)))
    alike = [form for form in forms if script_of(form) == script_of(best)]
    bare = set.intersection(*(set(bases(form)) for form in alike)) if len(alike) > 1 else set()
    return min(bare, key=rank) if bare else best
