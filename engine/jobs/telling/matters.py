"""The long matters that stories are stages of, as a timeline that says why each belongs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from engine.domain import Embeddings, Story, Value
from engine.errors import NotFoundError
from engine.jobs.base.filtering import as_code
from engine.jobs.base.reader import Reader
from engine.jobs.clustering.stages import begins, event_vectors, matter_of_each
from engine.jobs.lookup.learnt import headline_language
from engine.jobs.lookup.outlines import StoryOutline, outlines
from engine.jobs.telling.summarise import Quoted, summary_if_any


@dataclass(frozen=True, slots=True)
class Matter(Value):
    """A long affair of which stories are stages.

    Attributes
    ----------
    id
        Its name, which it keeps.
    headline
        That of the stage which is nearest to all.
    started, ended
        Of its stages; None where none is dated.
    stories
        Its stages, oldest first, undated ones last.
    """

    id: str
    headline: str
    started: datetime | None
    ended: datetime | None
    stories: tuple[StoryOutline, ...]


@dataclass(frozen=True, slots=True)
class StageWhy(Value):
    """Why a story is a stage of its matter.

    Attributes
    ----------
    cosine
        Mean cosine to the other stages; that over all pairs of a matter is at least
        `engine.stories.matters.LEAST_COSINE`
        when they are linked.
    names, keywords
        Those that it shares with another stage, the rarest in the base first.
    """

    cosine: float
    names: tuple[str, ...]
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Stage(Value):
    """One stage of a matter.

    Attributes
    ----------
    number
        From 1, the oldest.
    story
        With its days, and its headline in the language that is wanted.
    newcomers
        Names that no earlier stage has.
    why
        Why it belongs.
    sentence
        The one that stands for it, or None where none was asked for or its articles are gone.
    """

    number: int
    story: StoryOutline
    newcomers: tuple[str, ...]
    why: StageWhy
    sentence: Quoted | None


@dataclass(frozen=True, slots=True)
class MatterChange(Value):
    """What a run did to a matter.

    Attributes
    ----------
    run, at
        Its number and time.
    kind
        ``born``, ``grew``, or ``absorbed`` `other`.
    stories
        Ids of the stories that came.
    other
        Id of another matter, or empty.
    """

    run: int
    at: datetime
    kind: str
    stories: tuple[str, ...]
    other: str = ""


@dataclass(frozen=True, slots=True)
class MatterTimeline(Value):
    """A matter stage by stage.

    Attributes
    ----------
    matter
        The matter.
    stages
        Oldest first.
    history
        What the runs did to it, oldest first.
    """

    matter: Matter
    stages: tuple[Stage, ...]
    history: tuple[MatterChange, ...]


@dataclass(frozen=True, slots=True)
class StagePlace(Value):
    """Which stage of its matter a story is.

    Attributes
    ----------
    matter
        Id of the matter.
    number, n_stages
        Its place from 1, and how many there are.
    first
        The first stage.
    """

    matter: str
    number: int
    n_stages: int
    first: Story


def matters(reader: Reader, language: str = "", ids: Sequence[str] | None = None) -> list[Matter]:
    """Return the matters of the base, that with the latest stage first.

    Parameters
    ----------
    language
        Of the headlines, where a story has an article in it; empty takes that of the base.
    ids
        Only these, of `matters_in_order`, as they come.

    Raises
    ------
    InputError
        There is no such language.
    """
    code = _language(reader, language)
    asked = reader.once(matters_in_order) if ids is None else ids
    groups = [reader.once(stages_by_matter)[id_] for id_ in asked]
    told = iter(outlines(reader, [story for group in groups for story in group], code))
    return [
        _matter(reader, id_, [next(told) for _ in group])
        for id_, group in zip(asked, groups, strict=True)
    ]


def matters_in_order(reader: Reader) -> list[str]:
    """Return the ids of the matters, that with the latest stage first, then the longest."""
    groups = reader.once(stages_by_matter)
    return sorted(groups, key=lambda id_: (-_last(groups[id_]), -len(groups[id_]), id_))


def matter_timeline(
    reader: Reader, id_: str, *, language: str = "", sentences: bool = True
) -> MatterTimeline:
    """Return a matter stage by stage; the id of one that was merged leads to the survivor.

    Parameters
    ----------
    language
        As for `matters`; of the sentences too.
    sentences
        Choose the sentence that stands for each stage, which has to embed some.

    Raises
    ------
    InputError
        There is no such language.
    NotFoundError
        There is no such matter, or fewer than two of its stories are left.
    """
    survivor = _survivor(reader, id_)
    groups = reader.once(stages_by_matter)
    if survivor not in groups:
        raise NotFoundError(f"there is no matter with id {id_!r}; see 'engine matters list'")
    code = _language(reader, language)
    stories = groups[survivor]
    told = outlines(reader, stories, code)
    seen: set[str] = set()
    stages: list[Stage] = []
    for story, said, why in zip(stories, told, _whys(reader, stories), strict=True):
        newcomers = tuple(name for name in story.names if name.casefold() not in seen)
        seen.update(name.casefold() for name in story.names)
        stages.append(
            Stage(
                len(stages) + 1,
                said,
                newcomers,
                why,
                _sentence(reader, story, code) if sentences else None,
            )
        )
    matter = _matter(reader, survivor, told)
    return MatterTimeline(matter, tuple(stages), tuple(_changes(reader, survivor)))


def stage_place(reader: Reader, story: str) -> StagePlace | None:
    """Return which stage of its matter a story is, by its id; None where it is none."""
    matter = reader.once(_matters).get(story, "")
    group = reader.once(stages_by_matter).get(matter, [])
    places = [number for number, stage in enumerate(group, 1) if stage.id == story]
    return StagePlace(matter, places[0], len(group), group[0]) if places else None


def _matters(reader: Reader) -> Mapping[str, str]:
    return matter_of_each(reader.corpus, reader.run)


def stages_by_matter(reader: Reader) -> dict[str, list[Story]]:
    """Return the stories of each matter that has two or more of them, oldest first."""
    found = defaultdict[str, list[Story]](list)
    stories = reader.stories
    for story, matter in reader.once(_matters).items():
        if story in stories:
            found[matter].append(stories[story])
    return {matter: sorted(group, key=begins) for matter, group in found.items() if len(group) > 1}


def _matter(reader: Reader, id_: str, stories: Sequence[StoryOutline]) -> Matter:
    """Return the matter of `stories`, which are in order."""
    dated = [(story.started, story.ended) for story in stories if story.started and story.ended]
    return Matter(
        id=id_,
        headline=stories[reader.once(_cores)[id_]].headline,
        started=min((start for start, _ in dated), default=None),
        ended=max((end for _, end in dated), default=None),
        stories=tuple(stories),
    )


def _cores(reader: Reader) -> dict[str, int]:
    """Return the place of the story that is nearest to all of its matter, the first of equals."""
    groups = reader.once(stages_by_matter)
    if not groups:
        return {}
    vectors = _vectors(reader, [story for group in groups.values() for story in group])
    ends = np.cumsum([len(group) for group in groups.values()])[:-1]
    return {
        id_: int(np.round(own @ own.sum(axis=0), 5).argmax())
        for id_, own in zip(groups, np.split(vectors, ends), strict=True)
    }


def _vectors(reader: Reader, stories: Sequence[Story]) -> Embeddings:
    """Return the mean vector of each story, as unit rows; float32, (n_stories, dim)."""
    generation = reader.generation
    rows = reader.rows_of_stories(stories)
    return event_vectors(generation.vectors, generation.manifest.dim, rows)


def _whys(reader: Reader, stories: Sequence[Story]) -> list[StageWhy]:
    """Return why each of the stages of a matter belongs to the others."""
    vectors = _vectors(reader, stories)
    cosines = vectors @ vectors.T
    to_others = (cosines.sum(axis=0) - np.diagonal(cosines)) / (len(stories) - 1)
    found = []
    for place, story in enumerate(stories):
        others = [*stories[:place], *stories[place + 1 :]]
        found.append(
            StageWhy(
                cosine=float(to_others[place]),
                names=_common(reader, story.names, [other.names for other in others]),
                keywords=_common(reader, story.keywords, [other.keywords for other in others]),
            )
        )
    return found


def _common(reader: Reader, own: Sequence[str], others: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return which terms are among those of another stage, the rarest in the base first."""
    known = {term.casefold() for each in others for term in each}
    counts = reader.once(_stories_with)
    found = [term for term in own if term.casefold() in known]
    return tuple(sorted(found, key=lambda term: counts[term.casefold()]))


def _stories_with(reader: Reader) -> Counter[str]:
    """Return how many stories have each name or keyword."""
    return Counter(
        term
        for story in reader.stories.values()
        for term in {term.casefold() for term in (*story.names, *story.keywords)}
    )


def _sentence(reader: Reader, story: Story, language: str) -> Quoted | None:
    found = summary_if_any(reader, story, language=language, n_sentences=1)
    return next(iter(found.sentences), None) if found is not None else None


def _survivor(reader: Reader, id_: str) -> str:
    """Return where a matter leads after all merges; itself where it was not merged."""
    for _, move in reader.corpus.history.stages(reader.run):
        if move.origin == id_:
            id_ = move.target
    return id_


def _changes(reader: Reader, id_: str) -> list[MatterChange]:
    """Return what the runs did to a matter, oldest first."""
    came = defaultdict[tuple[int, str], list[str]](list)
    for run, move in reader.corpus.history.stages(reader.run):
        if move.target == id_:
            came[run, move.origin].append(move.story)
    at = {run.run: run.at for run in reader.corpus.history.runs()}
    changes: list[MatterChange] = []
    for run, origin in sorted(came):
        kind = "absorbed" if origin else "grew" if changes else "born"
        changes.append(MatterChange(run, at[run], kind, tuple(came[run, origin]), origin))
    return changes


def _language(reader: Reader, language: str) -> str:
    return as_code(reader.corpus, language) if language else headline_language(reader.layout)


def _last(stories: Sequence[Story]) -> float:
    return max(0.0 if story.ended is None else story.ended.timestamp() for story in stories)
