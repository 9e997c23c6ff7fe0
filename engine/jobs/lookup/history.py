"""What the ledger tells of stories and runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from engine.domain import UNDATED, Article, Story, Value
from engine.errors import InputError, NotFoundError
from engine.jobs.base.reader import Reader
from engine.recorded import Event
from engine.store import NO_RUN, Corpus, Move, Run


@dataclass(frozen=True, slots=True)
class StoryHistory(Value):
    """The life of one story.

    Attributes
    ----------
    story
        The id that was asked for.
    survivor
        Where it leads after all merges; the same id where it was not merged.
    events
        What happened to it, or made another story out of it, with the run, oldest first.
    headlines
        By id of an article that was edited: (when it was replaced, headline until then).
    """

    story: str
    survivor: str
    events: Sequence[tuple[Run, Event]]
    headlines: Mapping[str, Sequence[tuple[datetime, str]]]


@dataclass(frozen=True, slots=True)
class RunDifference(Value):
    """What changed between two runs.

    Attributes
    ----------
    earlier, later
        The runs; the states after them are compared.
    events
        What happened in the runs between, with their numbers, oldest first.
    moves
        Articles, by id, that are in another story than before: (id, from, to); an empty
        story is none, and an article that is gone since has an empty id.
    """

    earlier: int
    later: int
    events: Sequence[tuple[int, Event]]
    moves: Sequence[tuple[str, str, str]]


def story_history(reader: Reader, story: str) -> StoryHistory:
    """Return what happened to a story up to the run that is live.

    Raises
    ------
    NotFoundError
        No run up to then knows this story.
    """
    corpus, live = reader.corpus, reader.run
    events = corpus.history.story_events(story, live)
    if not events:
        raise NotFoundError(f"there is no story with id {story!r}; see 'engine stories list'")
    survivor = corpus.history.survivor(story, live)
    keys = corpus.ledger.members([survivor])[survivor]
    edited = corpus.history.headlines(keys)
    ids = corpus.articles.ids_of(list(edited))
    headlines = {ids[key]: found for key, found in edited.items() if key in ids}
    return StoryHistory(story, survivor, events, headlines)


def live_story(reader: Reader, id_: str) -> Story:
    """Return a story of the generation; the id of one that was merged leads to the survivor.

    Raises
    ------
    NotFoundError
        It has no story of that id.
    """
    story = reader.story(id_)
    if story is None:
        raise NotFoundError(f"there is no story with id {id_!r}; see 'engine stories list'")
    return story


def run_difference(reader: Reader, earlier: int, later: int) -> RunDifference:
    """Return what changed between two runs.

    Raises
    ------
    InputError
        The earlier one is not before the later one.
    NotFoundError
        One of them is not among the runs that led to the live one.
    """
    if earlier >= later:
        raise InputError(f"expected an earlier run and a later one, got {earlier} and {later}")
    corpus = reader.corpus
    chain = corpus.history.chain(reader.run)
    for run in (earlier, later):
        if run not in chain and run != NO_RUN:
            raise NotFoundError(
                f"there is no live run {run}; the runs that led to what is live are "
                f"{', '.join(map(str, chain[-12:])) or 'none'}"
            )
    events = [
        (run, event)
        for run in chain
        if earlier < run <= later
        for event in corpus.history.events(run)
    ]
    return RunDifference(
        earlier, later, events, _named(corpus, corpus.history.moves(earlier, later))
    )


def _named(corpus: Corpus, moves: Sequence[Move]) -> list[tuple[str, str, str]]:
    articles = corpus.articles.by_keys([move.article for move in moves])
    return [
        (
            articles[move.article].id if move.article in articles else "",
            move.origin,
            move.target,
        )
        for move in moves
    ]


def day_counts(reader: Reader, stories: Sequence[Story]) -> list[dict[str, int]]:
    """Return how many articles of each story came on each day that has any, oldest first.

    Parameters
    ----------
    reader
        Of the base.
    stories
        Of the generation that it holds.

    Returns
    -------
    list
        For each story the counts by UTC day in ISO 8601; undated articles are in none.
    """
    generation = reader.generation
    counted = []
    for rows in reader.rows_of_stories(stories):
        seconds = np.asarray(generation.published)[rows]
        days = Counter(
            datetime.fromtimestamp(moment, tz=UTC).date().isoformat()
            for moment in seconds[seconds != UNDATED].tolist()
        )
        counted.append(dict(sorted(days.items())))
    return counted


def ids_in_time(reader: Reader, story: Story) -> list[str]:
    """Return the articles of a story that are still there, by id, in the order of `in_time`."""
    return earliest_first(reader.corpus.articles.published_of(story.article_ids))


def earliest_first(times: Mapping[str, datetime | None]) -> list[str]:
    """Return what happened at `times` from the earliest to the latest, undated last."""
    late = datetime.max.replace(tzinfo=UTC)
    return sorted(times, key=lambda id_: (times[id_] or late, id_))


def in_time(articles: Iterable[Article]) -> list[Article]:
    """Return `articles` from the earliest to the latest, undated ones last."""
    by_id = {article.id: article for article in articles}
    return [by_id[id_] for id_ in earliest_first({id_: by_id[id_].published for id_ in by_id})]
