"""The names and keywords of stories, found by the workers of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from engine.domain import Rows
from engine.same_event.names import Name, written
from engine.same_event.scanned_names import names_of_each
from engine.same_event.window import Window
from engine.stories.background import Background
from engine.stories.contrast import Contrast
from engine.stories.counting import Counted
from engine.stories.keywords import find_keywords
from engine.stories.leads import Leads
from engine.stories.portions import portions
from engine.words.terms import words, words_of_each
from engine.words.uncapitalised import is_uncapitalised

N_NAMES = 8
"""Names of a story at most."""


@dataclass(frozen=True, slots=True)
class Unnamed:
    """A story that names and keywords are looked for.

    Attributes
    ----------
    headline
        Of the story.
    rows
        Its articles, ascending.
    medoid
        That of `rows` which stands for them.
    lead
        The start of that one.
    """

    headline: str
    rows: Rows
    medoid: int
    lead: str


@dataclass(frozen=True, slots=True)
class NamingPart:
    """Some stories, and what their articles say.

    Attributes
    ----------
    places
        Of the stories among all.
    stories
        With their rows in what follows.
    languages, sources
        Of each row.
    leads
        Of each row, without the tables of words.
    """

    places: Sequence[int]
    stories: Sequence[Unnamed]
    languages: Sequence[str]
    sources: Sequence[str]
    leads: Leads

    @property
    def name(self) -> str:
        """What messages call it."""
        return f"names of {len(self.stories)} stories"


Told = tuple[tuple[str, ...], tuple[str, ...]]
"""The names and the keywords of a story."""


@dataclass(frozen=True, slots=True)
class Naming:
    """Finds names and keywords in each worker.

    Attributes
    ----------
    background, nouns
        What is usual in the whole window, and which of its languages write nouns with capitals.
    written
        The table of the words that leads write.
    """

    background: Background
    nouns: frozenset[str]
    written: Sequence[str]

    def __call__(self) -> Callable[[NamingPart], list[Told]]:
        """Return what finds those of the stories of a part."""
        return self._of_part

    def _of_part(self, part: NamingPart) -> list[Told]:
        leads = part.leads.with_words(self.background.words, self.written)
        rows = [story.rows for story in part.stories]
        named = names_of_each(leads.bags(), rows, part.languages, self.nouns)
        counted = Counted(self.background, part.languages, part.sources, leads.said, rows)
        said = _words_in_order([story.lead for story in part.stories])
        told = []
        for place, (story, names, lead) in enumerate(zip(part.stories, named, said, strict=True)):
            contrast = Contrast(counted, place)
            spoken = [part.languages[row] for row in story.rows.tolist()]
            places = _places(spoken, part.languages[story.medoid])
            keywords = find_keywords(contrast, names, lead, places)
            told.append((_names(names, contrast, story.headline), keywords))
        return told


def naming_parts(
    window: Window, leads: Leads, sizes: Sequence[int], story_of: Callable[[int], Unnamed]
) -> Iterator[NamingPart]:
    """Yield stories by parts.

    Parameters
    ----------
    window, leads
        The articles, and what the start of each says.
    sizes, story_of
        How many articles each story has, and what returns one by its place: each is asked for once,
        when its part is, so that workers name some while others are made.
    """
    for places in portions(sizes):
        some = [story_of(place) for place in places]
        ends = np.cumsum([len(story.rows) for story in some]).tolist()
        rows = Rows(np.concatenate([story.rows for story in some]))
        moved = [
            replace(
                story,
                rows=Rows(np.arange(end - len(story.rows), end)),
                medoid=end - len(story.rows) + int(np.searchsorted(story.rows, story.medoid)),
            )
            for story, end in zip(some, ends, strict=True)
        ]
        yield NamingPart(
            places,
            moved,
            [window.languages[row] for row in rows.tolist()],
            [window.sources[row] for row in rows.tolist()],
            leads.take(rows).with_words((), ()),
        )


def _words_in_order(leads: Sequence[str]) -> list[list[str]]:
    """Return what `engine.words.terms.words` does of each lead."""
    scan, spans = words_of_each(leads)
    found = scan.strings(spans)
    ends = np.searchsorted(spans.begins, scan.starts).tolist()
    return [found[begin:end] for begin, end in pairwise(ends)]


def _places(languages: Sequence[str], first: str) -> dict[str, int]:
    """Return the place of each language by number of articles, equal ones sharing one."""
    counts = Counter(languages)
    places = {
        language: 1 + sum(other > count for other in counts.values())
        for language, count in counts.items()
    }
    return places | {first: 0}


def _names(names: Sequence[Name], contrast: Contrast, headline: str) -> tuple[str, ...]:
    """Return the names of two outlets at least, best first, each once and as one spelling."""
    weights: dict[str, float] = {}
    for name in names:
        n_inside = len({contrast.voices[row] for row in name.rows})
        if n_inside > 1:
            # Sorted, as the last bit of a sum depends on its order.
            forms = sorted({form for spelling in name.spellings for form in _terms(spelling)})
            weight = contrast.weight(forms, n_inside)
            if weight > 0:
                text = written(name, headline)
                weights[text] = max(weights.get(text, 0.0), weight)
    ranked = sorted(weights, key=lambda text: (-weights[text], text))[: 4 * N_NAMES]
    parts = [set(text.split()) for text in ranked]
    whole = [
        text for text, own in zip(ranked, parts, strict=True) if not any(own < p for p in parts)
    ]
    return tuple(whole[:N_NAMES])


def _terms(spelling: str) -> list[str]:
    """Return the words of a spelling; without capitals it is one, however it is cut alone."""
    return [spelling] if is_uncapitalised(spelling) else words(spelling)
