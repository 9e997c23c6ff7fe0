"""How many independent voices a story has, and which outlets turn out to be one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from engine.domain import Origin, OriginKind, Story, Value
from engine.origins.families import Families
from engine.origins.intervals import wilson
from engine.words.addresses import outlet_name

COPIES = (OriginKind.COPY, OriginKind.EDITED)
"""Texts of another outlet."""


@dataclass(frozen=True, slots=True)
class FromAgency(Value):
    """A news agency and the articles of a story that print its text."""

    agency: str
    n_articles: int


@dataclass(frozen=True, slots=True)
class Independence(Value):
    """How many really report a story.

    Attributes
    ----------
    n_outlets
        Outlets with an article.
    n_independent
        Voices: outlets of one owner are one, and so are all that print one agency's text or
        copy one outlet.
    agencies
        Those whose text is printed, the most printed first.
    """

    n_outlets: int
    n_independent: int
    agencies: tuple[FromAgency, ...]

    def __str__(self) -> str:
        """Return it in words: ``7 outlets, 3 of them independent, 2 articles from Reuters``."""
        outlets = f"{self.n_outlets} outlet{'s' * (self.n_outlets != 1)}"
        said = [f"{outlets}, {self.n_independent} independent"]
        said += [
            f"{found.n_articles} article{'s' * (found.n_articles != 1)} from {found.agency}"
            for found in self.agencies
        ]
        return ", ".join(said)


def independence(story: Story, families: Families) -> Independence:
    """Return how many really report `story`.

    A story that was described before origins were kept counts the owners of its outlets.
    """
    if not story.origins:
        owners = {families.of(source) for source in story.sources}
        return Independence(len(set(map(outlet_name, story.sources))), len(owners), ())
    voices = story_voices(story, families)
    agencies = Counter(origin.agency for origin in story.origins if origin.agency)
    outlets = {outlet_name(origin.outlet) for origin in story.origins} - {""}
    ranked = sorted(agencies.items(), key=lambda item: (-item[1], item[0]))
    return Independence(
        len(outlets), len(set(voices) - {""}), tuple(FromAgency(*found) for found in ranked)
    )


def story_voices(story: Story, families: Families) -> list[str]:
    """Return whose voice each article of `story.origins` is: an agency, an owner or an outlet.

    It is empty where neither is known.
    """
    speakers: Iterable[Origin] = story.origins
    if any(origin.kind in COPIES for origin in story.origins):  # few are, and many are asked for
        by_id = dict(zip(story.article_ids, story.origins, strict=True))
        speakers = [
            by_id.get(origin.of, origin) if origin.kind in COPIES else origin
            for origin in story.origins
        ]
    return [
        origin.agency or families.of(speaker.outlet, speaker.host)
        for origin, speaker in zip(story.origins, speakers, strict=True)
    ]


def learnt_owners(stories: Sequence[Story], families: Families) -> dict[str, str]:
    """Return outlets that print each other's texts in most stories that both report.

    The share must be above one half with 95 % confidence: four of four, or eight of nine. Agency
    texts do not count, as everybody prints them.

    Returns
    -------
    dict of str to str
        Outlet to the name of its family: those of its outlets, joined.
    """
    both: Counter[tuple[str, str]] = Counter()
    copied: Counter[tuple[str, str]] = Counter()
    for story in stories:
        own = {families.of(o.outlet, o.host) for o in story.origins if not o.agency} - {""}
        both.update(combinations(sorted(own), 2))
        copied.update(_copied_pairs(story, families))
    pairs = [pair for pair, n in copied.items() if wilson(n, both[pair])[0] > 0.5]
    return {outlet: " and ".join(group) for group in _groups(pairs) for outlet in group}


def _copied_pairs(story: Story, families: Families) -> set[tuple[str, str]]:
    by_id = dict(zip(story.article_ids, story.origins, strict=False))
    pairs = set()
    for origin in story.origins:
        source = by_id.get(origin.of)
        if origin.kind in COPIES and not origin.agency and source is not None:
            one = families.of(origin.outlet, origin.host)
            other = families.of(source.outlet, source.host)
            if one and other and one != other:
                pairs.add((min(one, other), max(one, other)))
    return pairs


def _groups(pairs: Iterable[tuple[str, str]]) -> list[list[str]]:
    """Return what is connected by `pairs`, each sorted."""
    group_of: dict[str, frozenset[str]] = {}
    for pair in pairs:
        joined = frozenset(pair).union(*(group_of.get(outlet, ()) for outlet in pair))
        group_of |= dict.fromkeys(joined, joined)
    return sorted(sorted(group) for group in set(group_of.values()))
