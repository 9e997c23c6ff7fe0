"""Names and keywords do not depend on how stories are dealt out to workers."""

import numpy as np
import pytest

from engine.domain import Rows
from engine.same_event.names import noun_languages
from engine.stories.background import Background
from engine.stories.leads import Leads
from engine.stories.naming import Naming, Unnamed, naming_parts
from engine.stories.portions import ARTICLES_AT_ONCE
from engine.workers.local import LocalExecutor
from tests.stories.cases import window_of
from tests.workers.cases import ElsewhereExecutor

TOWNS = ("Lundby", "Varsten", "Holmia", "Kesterham", "Ostrava")
DEEDS = ("burned down", "was sold", "won the cup", "lost its mayor", "opened a bridge")


def two_each(n_stories):
    """Return a window of stories of two articles, told the one after the other, and the stories."""
    ends = [chr(97 + n // 5 % 26) + chr(97 + n // 130) for n in range(n_stories)]
    places = [f"{TOWNS[n % 5]}{end}" for n, end in enumerate(ends)]
    titles = [f"Yesterday {place} {DEEDS[n % 5]}" for n, place in enumerate(places)]
    titles += [f"Why the town of {place} {DEEDS[n % 5]}" for n, place in enumerate(places)]
    window = window_of(np.ones((2 * n_stories, 4)), titles=titles)
    rows = [Rows(np.array([n, n + n_stories])) for n in range(n_stories)]
    return window, [Unnamed(titles[own[1]], own, int(own[1]), titles[own[1]]) for own in rows]


def named(window, stories, executor, read, naming):
    told = [None] * len(stories)
    parts = naming_parts(window, read, [len(one.rows) for one in stories], stories.__getitem__)
    for part, found in executor.map(naming, parts):
        for place, one in zip(part.places, found, strict=True):
            told[place] = one
    return told


@pytest.fixture(scope="module")
def told():
    window, stories = two_each(ARTICLES_AT_ONCE)
    read = Leads.by(LocalExecutor(), window)
    background = Background(read.said, window.languages)
    naming = Naming(background, noun_languages(window), read.words.words)
    return window, stories, read, naming, named(window, stories, LocalExecutor(), read, naming)


def test_each_story_gets_its_own_names_and_words(told):
    *_, found = told
    assert [names for names, _ in found[:2]] == [("Lundbyaa",), ("Varstenaa",)]
    assert found[-1][1][0] == found[-1][0][0].casefold()


def test_workers_elsewhere_find_the_same(told):
    window, stories, read, naming, found = told
    assert len(list(naming_parts(window, read, [2] * len(stories), stories.__getitem__))) > 1
    assert named(window, stories, ElsewhereExecutor(), read, naming) == found


def test_a_story_alone_is_told_as_among_others(told):
    window, stories, read, naming, found = told
    for place in (0, 77, len(stories) - 1):
        assert named(window, [stories[place]], LocalExecutor(), read, naming) == [found[place]]
