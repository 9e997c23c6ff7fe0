"""What many leads write with capitals, found by arithmetic on their characters.

`engine.same_event.capitals` says the same of one article by patterns, in three times the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from engine.domain import LEAD_CHARACTERS, Rows, lengths_of
from engine.same_event.bags import Bags, Packed, calendar_keys, numbered
from engine.same_event.capitals import (
    BEGINNINGS,
    HEADLINE_SHARE,
    is_headline_style,
    outlet_words,
)
from engine.same_event.window import Window
from engine.words.scanning import Flags, Places, Scan, Spans, between, runs
from engine.words.terms import bare, latin
from engine.words.uncapitalised import is_uncapitalised

_UNDATED = (1, 2, 4)
"""Places of sure, paired and plain words, which leave out months and weekdays."""


@dataclass(frozen=True, slots=True)
class _Found:
    """Words of articles, perhaps repeatedly: places among some words and rows, parallel."""

    columns: Places
    rows: Rows

    def where(self, kept: Flags) -> _Found:
        """Return those that are kept, a flag each."""
        return _Found(self.columns[kept], Rows(self.rows[kept]))

    def among(self, numbers: npt.NDArray[np.int32]) -> _Found:
        """Return them by their places among other words, given for each of those they have."""
        return _Found(numbers[self.columns].astype(np.int64), self.rows)

    def bags(self, words: Sequence[str], n_articles: int) -> Bags:
        """Return them by article, each once."""
        return Bags.told(words, self.rows * len(words) + self.columns, n_articles)


_Told: TypeAlias = tuple[_Found, list[str]]
"""What was found, and the words that it has."""


def capital_bags(window: Window, leads: Sequence[str], said: Bags) -> list[Bags]:
    """Return what `Capitals` has of each article: runs, sure, paired, words and plain.

    Parameters
    ----------
    window, leads
        Some hundreds of articles, and the start of each.
    said
        The words of each lead, as `engine.words.terms.words` gives them.
    """
    scan = Scan(leads)
    letters, marks, joints, upper, written, undivided = scan.of_each(
        r"\p{L}", r"\p{M}", "['’-]", r"\p{Lu}", r"[^\W\d_]", r"\p{Lo}"
    )
    inside = letters | marks
    names = _names(scan, runs(inside | between(joints, inside, letters)), upper)
    linked = _linked(scan, names)
    every = runs(written)
    table, (shown, named, plain, all_found), names_by, plain_by = _numbered(
        _standing(scan, _beside(names, linked), _bare),
        _standing(scan, names, bare),
        _plain(said, np.unique(scan.rows(np.flatnonzero(undivided)))),
        _packed(scan, every),
    )
    others = ~_own(window.sources, names_by, len(table), named)
    sure, paired = _sure(scan, _silent(window, scan, every), names, linked, named, others)
    kinds = [shown, sure, paired, all_found, plain]
    dated = calendar_keys(names_by | plain_by, len(table), window.languages)
    spoken = numbered(window.languages) * len(table)
    for kind in _UNDATED:
        keys = spoken[kinds[kind].rows] + kinds[kind].columns
        kinds[kind] = kinds[kind].where(~np.isin(keys, dated))
    return [kind.bags(table, len(leads)) for kind in kinds]


def _numbered(
    shown: _Told, named: _Told, plain: _Told, every: tuple[_Found, Packed]
) -> tuple[Packed, list[_Found], dict[int, str], dict[int, str]]:
    """Return all words, each once, and what was found, names and plain words by their places."""
    told = (shown, named, plain)
    packed = [*(Packed.of(strings) for _, strings in told), every[1]]
    table, numbers = Packed.united(packed)
    found = [some.among(places) for (some, _), places in zip((*told, every), numbers, strict=True)]
    names_by = dict(zip(numbers[1].tolist(), named[1], strict=True))
    plain_by = dict(zip(numbers[2].tolist(), plain[1], strict=True))
    return table, found, names_by, plain_by


def _packed(scan: Scan, spans: Spans) -> tuple[_Found, Packed]:
    """Return what stands in spans, and each string once, of which none is made."""
    words, columns = Packed.standing(scan, spans)
    return _Found(columns, scan.rows(spans.begins)), words


def _standing(scan: Scan, spans: Spans, compared: Callable[[str], str]) -> _Told:
    """Return what stands in spans, and of each string once what it is compared as."""
    strings, _, columns = scan.numbered(spans)
    return _Found(columns, scan.rows(spans.begins)), list(map(compared, scan.strings(strings)))


def _bare(run: str) -> str:
    """Return words side by side without the English possessive of each."""
    if "'s" not in run and "’s" not in run:
        return run
    return " ".join(map(bare, run.split(" ")))


def _names(scan: Scan, spans: Spans, upper: Flags) -> Spans:
    """Return the words from the first capital on that no other letter or digit stands before."""
    begins = np.flatnonzero(upper)
    # `regex` has marks among word characters
    known = scan.at(begins - 1, r"[\w\p{Lu}]") & (begins > 0)
    begins = begins[~known]
    word = np.searchsorted(spans.begins, begins, side="right") - 1
    first = np.diff(word, prepend=-1) > 0
    return Spans(begins[first], spans.ends[word[first]])


def _linked(scan: Scan, names: Spans) -> Flags:
    """Return which names follow the one before after a space alone."""
    linked = np.zeros(len(names.begins), np.bool_)
    before = names.ends[:-1]
    linked[1:] = (names.begins[1:] == before + 1) & scan.at(before, " ")
    return linked


def _beside(names: Spans, linked: Flags) -> Spans:
    """Return the names that stand side by side as one each."""
    last = np.append(~linked[1:], True)[: len(linked)]
    return Spans(names.begins[~linked], names.ends[last])


def _silent(window: Window, scan: Scan, words: Spans) -> Places:
    """Return the characters of each title if its capitals tell nothing, else 0."""
    sizes = lengths_of(window.titles)
    rows = scan.rows(words.begins)
    titled = words.begins - scan.starts[rows] < sizes[rows]
    rows, begins = rows[titled], words.begins[titled]
    upper = scan.at(begins, r"\p{Uppercase}")
    n_words = np.bincount(rows, minlength=len(sizes))
    n_capitals = np.bincount(rows[upper], minlength=len(sizes))
    headline = n_capitals > HEADLINE_SHARE * n_words
    for row in np.flatnonzero(sizes > LEAD_CHARACTERS).tolist():
        headline[row] = is_headline_style(window.titles[row])
    silent: Places = np.where(headline, sizes, 0)
    return silent


def _sure(
    scan: Scan, silent: Places, names: Spans, linked: Flags, found: _Found, others: Flags
) -> tuple[_Found, _Found]:
    """Return the names that are sure to be such, and those of them that stand beside another.

    Parameters
    ----------
    scan, silent
        The start of each article, and how many characters of it tell nothing.
    names, linked, found
        Names, which of them follow the one before, and what they are.
    others
        Which of them are no words of their own outlet.
    """
    run = np.cumsum(~linked) - 1
    begins, rows = names.begins[~linked], found.rows[~linked]
    places = begins - scan.starts[rows]
    told = places >= silent[rows]
    begun = _begun(scan, begins, places)
    kept = told[run] & (linked | ~begun[run]) & others
    n_kept = np.bincount(run[kept], minlength=len(begins))
    return found.where(kept), found.where(kept & (n_kept[run] > 1))


def _begun(scan: Scan, begins: Places, places: Places) -> Flags:
    """Return which words have a capital since something begins with them.

    Parameters
    ----------
    begins, places
        Where each begins in all texts, and in its own.
    """
    spaced = (places > 0) & scan.at(begins - 1, " ")
    before = np.where(spaced, begins - 2, begins - 1)
    alone = (places == 0) | (spaced & ((places == 1) | scan.at(begins - 2, " ")))
    begun: Flags = alone | scan.at(before, f"[{''.join(sorted(BEGINNINGS))}]")
    return begun


def _own(sources: Sequence[str], spelled: Mapping[int, str], n_words: int, found: _Found) -> Flags:
    """Return which names, `spelled` by number, are words of their own outlet."""
    outlets = [outlet_words(source) for source in sorted(set(sources))]
    asked = frozenset[str]().union(*outlets)
    written: defaultdict[str, list[int]] = defaultdict(list)
    for column, name in spelled.items():
        if (plain := latin(name)) in asked:
            written[plain].append(column)
    keys = [
        place * n_words + column
        for place, words in enumerate(outlets)
        for word in words.intersection(written)
        for column in written[word]
    ]
    own: Flags = np.isin(numbered(sources)[found.rows] * n_words + found.columns, keys)
    return own


def _plain(said: Bags, rows: Places) -> _Told:
    """Return the words in scripts without capitals of `rows`, whose texts have such letters."""
    asked = np.zeros(len(said), np.bool_)
    asked[rows] = True
    some = said.where(asked[said.rows])
    words = list(said.words) if len(rows) else []
    used = [place for place in some.used() if is_uncapitalised(words[place])]
    column = np.full(len(said.words), -1, np.int64)
    column[used] = np.arange(len(used))
    found = _Found(column[some.columns], some.rows)
    return found.where(found.columns >= 0), [words[place] for place in used]
