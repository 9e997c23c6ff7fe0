"""The names and keywords of stories, found by the workers of a run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.domain import LEAD_CHARACTERS, Rows
from engine.same_event.bags import Bags
from engine.same_event.names import Name, find_names, written
from engine.same_event.window import Window
from engine.stories.background import Background, Contrast
from engine.stories.keywords import find_keywords
from engine.stories.portions import portions
from engine.words.terms import words
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
    """

    headline: str
    rows: Rows
    medoid: int


@dataclass(frozen=True, slots=True)
class NamingPart:
    """Some stories, and the starts of their articles.

    Attributes
    ----------
    places
        Of the stories among all.
    stories
        With their rows in `leads`.
    leads
        Without vectors.
    columns, starts
        The words of each row, as `Bags` has them.
    """

    places: Sequence[int]
    stories: Sequence[Unnamed]
    leads: Window
    columns: npt.NDArray[np.int32]
    starts: npt.NDArray[np.int64]

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
    """

    background: Background
    nouns: frozenset[str]

    def __call__(self) -> Callable[[NamingPart], list[Told]]:
        """Return what finds those of the stories of a part."""
        return self._of_part

    def _of_part(self, part: NamingPart) -> list[Told]:
        read = Bags(self.background.words, part.columns, part.starts)
        return [self._of_story(part.leads, read, story) for story in part.stories]

    def _of_story(self, leads: Window, read: Bags, story: Unnamed) -> Told:
        contrast = Contrast(self.background, leads, read, story.rows)
        names = find_names(leads, story.rows, self.nouns)
        spoken = [leads.languages[row] for row in story.rows]
        languages = _places(spoken, leads.languages[story.medoid])
        keywords = find_keywords(contrast, names, leads.lead(story.medoid), languages)
        return _names(names, contrast, story.headline), keywords


def naming_parts(window: Window, read: Bags, stories: Sequence[Unnamed]) -> Iterator[NamingPart]:
    """Yield `stories` by parts; `read` has the words of `window`."""
    for places in portions([len(story.rows) for story in stories]):
        some = [stories[place] for place in places]
        ends = np.cumsum([len(story.rows) for story in some]).tolist()
        rows = Rows(np.concatenate([story.rows for story in some]))
        said = read.take(rows)
        moved = [
            Unnamed(
                story.headline,
                Rows(np.arange(end - len(story.rows), end)),
                end - len(story.rows) + int(np.searchsorted(story.rows, story.medoid)),
            )
            for story, end in zip(some, ends, strict=True)
        ]
        yield NamingPart(places, moved, _leads(window, rows), said.columns, said.starts)


def _leads(window: Window, rows: Rows) -> Window:
    """Return what names and keywords are found in: no vectors, and no more of a body than that."""
    told = window.without_vectors().take(rows)
    return replace(told, bodies=[body[:LEAD_CHARACTERS] for body in told.bodies])


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
