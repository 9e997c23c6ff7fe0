"""What many leads write with capitals, found by arithmetic on their characters.

`engine.same_event.capitals` says the same of one article by patterns, in three times the time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import count

import numpy as np

from engine.domain import Rows
from engine.same_event.bags import Bags, calendar_keys, numbered
from engine.same_event.capitals import BEGINNINGS, is_headline_style, outlet_words
from engine.same_event.window import Window
from engine.words.scanning import Flags, Places, Scan, Spans, between, runs
from engine.words.terms import bare, latin
from engine.words.uncapitalised import is_uncapitalised

_UNDATED = (1, 2, 4)
"""Places of sure, paired and plain words, which leave out months and weekdays."""


class _Table:
    """Words by number, whatever they are found as."""

    def __init__(self) -> None:
        self.number: defaultdict[str, int] = defaultdict(count().__next__)

    def places(self, words: Iterable[str]) -> Places:
        """Return the number of each word."""
        return np.fromiter(map(self.number.__getitem__, words), np.int64)


@dataclass(frozen=True, slots=True)
class _Found:
    """Words of articles, perhaps repeatedly: places in a table and rows, parallel."""

    columns: Places
    rows: Rows

    def where(self, kept: Flags) -> _Found:
        """Return those that are kept, a flag each."""
        return _Found(self.columns[kept], Rows(self.rows[kept]))

    def bags(self, words: Sequence[str], n_articles: int) -> Bags:
        """Return them by article, each once."""
        return Bags.told(words, self.rows * len(words) + self.columns, n_articles)


def capital_bags(window: Window, leads: Sequence[str], said: Bags) -> list[Bags]:
    """Return what `Capitals` has of each article: runs, sure, paired, words and plain.

    Parameters
    ----------
    window, leads
        Some hundreds of articles, and the start of each.
    said
        The words of each lead, as `engine.words.terms.words` gives them.
    """
    scan, table, n_articles = Scan(leads), _Table(), len(leads)
    letters, marks, joints, written, undivided = scan.of_each(
        r"\p{L}", r"\p{M}", "['’-]", r"[^\W\d_]", r"\p{Lo}"
    )
    inside = letters | marks
    names = _names(scan, runs(inside | between(joints, inside, letters)))
    linked = _linked(scan, names)
    sides = _beside(names, linked)
    joined, places = scan.numbered(sides)
    shown = table.places(map(_bare, joined))
    strings, numbers = scan.numbered(names)
    found = _Found(table.places(map(bare, strings))[numbers], Rows(scan.rows(names.begins)))
    sure, paired = _sure(window, scan, table, names, linked, found)
    strings, numbers = scan.numbered(runs(written))
    plain = _plain(said, np.unique(scan.rows(np.flatnonzero(undivided))), table)
    kinds = [
        _Found(shown[places], Rows(scan.rows(sides.begins))),
        sure,
        paired,
        _Found(table.places(strings)[numbers], Rows(scan.rows(runs(written).begins))),
        plain,
    ]
    words = list(table.number)
    asked = np.unique(np.concatenate([kinds[kind].columns for kind in _UNDATED]))
    dated = calendar_keys(words, asked, window.languages)
    for kind in _UNDATED:
        keys = numbered(window.languages)[kinds[kind].rows] * len(words) + kinds[kind].columns
        kinds[kind] = kinds[kind].where(~np.isin(keys, dated))
    return [kind.bags(words, n_articles) for kind in kinds]


def _bare(run: str) -> str:
    """Return words side by side without the English possessive of each."""
    if "'s" not in run and "’s" not in run:
        return run
    return " ".join(map(bare, run.split(" ")))


def _names(scan: Scan, spans: Spans) -> Spans:
    """Return the words from the first capital on that no other letter or digit stands before."""
    upper, known = scan.of_each(r"\p{Lu}", r"[\w\p{Lu}]")  # `regex` has marks among word characters
    upper[1:] &= ~known[:-1]
    begins = np.flatnonzero(upper)
    word = np.searchsorted(spans.begins, begins, side="right") - 1
    first = np.diff(word, prepend=-1) > 0
    return Spans(begins[first], spans.ends[word[first]])


def _linked(scan: Scan, names: Spans) -> Flags:
    """Return which names follow the one before after a space alone."""
    linked = np.zeros(len(names.begins), np.bool_)
    before = names.ends[:-1]
    linked[1:] = (names.begins[1:] == before + 1) & scan.of(" ")[before]
    return linked


def _beside(names: Spans, linked: Flags) -> Spans:
    """Return the names that stand side by side as one each."""
    last = np.append(~linked[1:], True)[: len(linked)]
    return Spans(names.begins[~linked], names.ends[last])


def _sure(
    window: Window, scan: Scan, table: _Table, names: Spans, linked: Flags, found: _Found
) -> tuple[_Found, _Found]:
    """Return the names that are sure to be such, and those of them that stand beside another."""
    run = np.cumsum(~linked) - 1
    begins, rows = names.begins[~linked], found.rows[~linked]
    places = begins - scan.starts[rows]
    silent = [len(title) if is_headline_style(title) else 0 for title in window.titles]
    told = places >= np.array(silent, np.int64)[rows]
    begun = _begun(scan, begins, places)
    kept = told[run] & (linked | ~begun[run])
    kept &= ~_own(window.sources, table, found)
    n_kept = np.bincount(run[kept], minlength=len(begins))
    return found.where(kept), found.where(kept & (n_kept[run] > 1))


def _begun(scan: Scan, begins: Places, places: Places) -> Flags:
    """Return which words have a capital since something begins with them.

    Parameters
    ----------
    begins, places
        Where each begins in all texts, and in its own.
    """
    spaces, beginnings = scan.of_each(" ", f"[{''.join(sorted(BEGINNINGS))}]")
    spaced = (places > 0) & spaces[begins - 1]
    before = np.where(spaced, begins - 2, begins - 1)
    alone = (places == 0) | (spaced & ((places == 1) | spaces[begins - 2]))
    begun: Flags = alone | beginnings[before]
    return begun


def _own(sources: Sequence[str], table: _Table, found: _Found) -> Flags:
    """Return which names are words of their own outlet."""
    spelled: defaultdict[str, list[int]] = defaultdict(list)
    words = list(table.number)
    for column in np.unique(found.columns).tolist():
        spelled[latin(words[column])].append(column)
    keys = [
        place * len(words) + column
        for place, source in enumerate(sorted(set(sources)))
        for word in outlet_words(source)
        for column in spelled.get(word, ())
    ]
    own: Flags = np.isin(numbered(sources)[found.rows] * len(words) + found.columns, keys)
    return own


def _plain(said: Bags, rows: Places, table: _Table) -> _Found:
    """Return the words in scripts without capitals of `rows`, whose texts have such letters."""
    asked = np.zeros(len(said), np.bool_)
    asked[rows] = True
    some = said.where(asked[said.rows])
    used = np.unique(some.columns)
    used = used[[is_uncapitalised(said.words[place]) for place in used.tolist()]]
    column = np.full(len(said.words), -1, np.int64)
    column[used] = table.places(said.words[place] for place in used.tolist())
    found = _Found(column[some.columns], some.rows)
    return found.where(found.columns >= 0)
