"""What a person says of stories: done at once, and kept by every later run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from engine.domain import Value
from engine.errors import InputError, NotFoundError
from engine.jobs.base.reader import Reader
from engine.jobs.base.scope import Ground, background
from engine.jobs.base.writer import Writer
from engine.jobs.clustering.compose import compose
from engine.jobs.clustering.identify import new_id
from engine.jobs.lookup.answers import PairLabel, kept_answers
from engine.recorded import CorrectionKind, Event, EventKind, RunKind
from engine.store import Corpus, Correction, Move, RunContent
from engine.stories.changes import LEAST_ARTICLES

MOST_LABELS = 10
"""Pairs of a kind by which one correction is learnt from: a person decided once, however many
articles were in the story, and a merger of two large ones should not outweigh all answers."""


@dataclass(frozen=True, slots=True)
class Corrected(Value):
    """What a correction did.

    Attributes
    ----------
    run
        Its number in the ledger, by which it can be undone.
    story
        The story that was meant, made or merged into.
    events
        What happened.
    """

    run: int
    story: str
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a correction is to do: `story` is the one that is meant, made or merged into."""

    story: str
    correction: Correction
    events: list[Event]
    moves: list[Move]


def merge_stories(writer: Writer, stories: Sequence[str]) -> Corrected:
    """Make one story of several; the largest keeps its id, of equal ones the oldest.

    Raises
    ------
    NotFoundError
        One of them does not exist.
    InputError
        Fewer than two different stories are given.
    """

    def plan(corpus: Corpus, live: int) -> Plan:
        members = _members(corpus, live, stories)
        if len(members) < 2:
            raise InputError("expected at least two different stories to merge")
        records = corpus.ledger.records(list(members))
        ids = sorted(members, key=lambda id_: (-len(members[id_]), records[id_].born, id_))
        survivor, *others = ids
        everyone = sorted({key for keys in members.values() for key in keys})
        n_joined = len(everyone) - len(members[survivor])
        comes_back = records[survivor].state != "open" and any(
            records[id_].state == "open" for id_ in others
        )
        kind = EventKind.REOPENED if comes_back else EventKind.GREW
        return Plan(
            survivor,
            Correction(CorrectionKind.TOGETHER, tuple(everyone)),
            [
                *(
                    Event(EventKind.MERGED, id_, survivor, n_left=len(members[id_]))
                    for id_ in others
                ),
                Event(kind, survivor, "", n_joined, 0, len(everyone)),
            ],
            [Move(key, id_, survivor) for id_ in others for key in members[id_]],
        )

    return correct(writer, plan)


def split_story(writer: Writer, story: str, articles: Sequence[str]) -> Corrected:
    """Take articles out of a story; two or more become a story of their own.

    Raises
    ------
    NotFoundError
        The story or an article does not exist.
    InputError
        An article is not in the story, or none would be left in it.
    """

    def plan(corpus: Corpus, live: int) -> Plan:
        ((name, members),) = _members(corpus, live, [story]).items()
        keys = _keys(corpus, articles)
        if outside := [id_ for id_, key in keys.items() if key not in members]:
            raise InputError(
                f"{', '.join(outside)} is not in story {name}; see 'engine stories show'"
            )
        leaving = sorted(keys.values())
        staying = sorted(set(members) - set(leaving))
        if not staying:
            raise InputError(f"no article would be left in story {name}; name only some")
        first = corpus.articles.by_keys(leaving[:1])[leaving[0]].id
        target = new_id(corpus, first) if len(leaving) >= LEAST_ARTICLES else ""
        events = [_leaves(name, len(leaving), len(staying))]
        if target:
            events.append(Event(EventKind.SPLIT, target, name, len(leaving), 0, len(leaving)))
        return Plan(
            target or name,
            Correction(CorrectionKind.APART, tuple(leaving), tuple(staying)),
            events,
            [Move(key, name, target) for key in leaving],
        )

    return correct(writer, plan)


def move_article(writer: Writer, article: str, story: str) -> Corrected:
    """Put an article into a story, where it stays.

    Raises
    ------
    NotFoundError
        The article or the story does not exist.
    InputError
        The article is in that story already.
    """

    def plan(corpus: Corpus, live: int) -> Plan:
        ((target, members),) = _members(corpus, live, [story]).items()
        ((_, key),) = _keys(corpus, [article]).items()
        origin = corpus.ledger.stories_of([key]).get(key, "")
        if origin == target:
            raise InputError(f"{article} is in story {target} already; 'pin' keeps it there")
        events = [Event(EventKind.GREW, target, "", 1, 0, len(members) + 1)]
        if origin:
            events.append(_leaves(origin, 1, len(corpus.ledger.members([origin])[origin]) - 1))
        return Plan(
            target,
            Correction(CorrectionKind.PINNED, (key,), (), target),
            events,
            [Move(key, origin, target)],
        )

    return correct(writer, plan)


def pin_article(writer: Writer, article: str) -> Corrected:
    """Keep an article in the story in which it is.

    Raises
    ------
    NotFoundError
        The article does not exist.
    InputError
        It is in no story.
    """

    def plan(corpus: Corpus, live: int) -> Plan:  # noqa: ARG001 - as the others
        ((_, key),) = _keys(corpus, [article]).items()
        story = corpus.ledger.stories_of([key]).get(key, "")
        if not story:
            raise InputError(f"{article} is in no story; 'engine stories move' puts it into one")
        return Plan(story, Correction(CorrectionKind.PINNED, (key,), (), story), [], [])

    return correct(writer, plan)


def correction_labels(reader: Reader) -> Iterator[PairLabel]:
    """Yield what people said as pairs of articles that are or are not one event, oldest first.

    Of many articles that belong together each is paired with the first only, and a correction
    of many articles gives no more than `MOST_LABELS` pairs of a kind, evenly spaced.
    """
    corpus, live = reader.corpus, reader.run
    for _, said in corpus.history.corrections(live):
        pairs = [(said.articles[0], key) for key in said.articles[1:]]
        if said.kind == CorrectionKind.PINNED:
            survivor = corpus.history.survivor(said.story, live)
            others = corpus.ledger.members([survivor])[survivor]
            pairs = [(said.articles[0], key) for key in others if key not in said.articles][:1]
        apart = [(said.articles[0], key) for key in said.others]
        apart += [(key, said.others[0]) for key in said.articles[1:] if said.others]
        known = corpus.articles.by_keys([key for pair in pairs + apart for key in pair])
        for same, found in ((True, pairs), (False, apart)):
            for a, b in found[:: max(1, -(-len(found) // MOST_LABELS))]:
                if a in known and b in known:
                    yield PairLabel(known[a].id, known[b].id, same)


def all_answers(reader: Reader) -> list[PairLabel]:
    """Return what people said of pairs: the answers to `engine label`, then corrections."""
    return [*kept_answers(reader.layout), *correction_labels(reader)]


def correct(writer: Writer, plan: Callable[[Corpus, int], Plan]) -> Corrected:
    """Plan a correction, record it, and publish the stories as they are after it."""
    corpus = writer.corpus
    ground = Ground(corpus, writer.published.as_content(), writer.setup)
    planned = plan(corpus, ground.run)
    scope = background(ground)
    sure = np.ones(len(scope.keys), np.float32)
    stories = compose(ground, scope, planned.moves, sure)
    content = RunContent(
        parent=ground.run,
        kind=RunKind.CORRECTION,
        at=writer.setup.now(),
        events=planned.events,
        moves=planned.moves,
        correction=planned.correction,
    ).going_on_from(corpus.history.run(ground.run))
    run = writer.commit_stories(content, stories)
    return Corrected(run, planned.story, tuple(planned.events))


def _members(corpus: Corpus, live: int, stories: Sequence[str]) -> dict[str, list[int]]:
    """Return the members of the stories that the ids lead to."""
    ids = list(dict.fromkeys(corpus.history.survivor(story, live) for story in stories))
    records = corpus.ledger.records(ids)
    if missing := [id_ for id_ in ids if id_ not in records]:
        raise NotFoundError(
            f"there is no story with id {', '.join(missing)}; see 'engine stories list'"
        )
    return corpus.ledger.members(ids)


def _keys(corpus: Corpus, articles: Sequence[str]) -> dict[str, int]:
    keys = corpus.articles.keys_of(articles)
    if missing := [id_ for id_ in articles if id_ not in keys]:
        raise NotFoundError(f"there is no article with id {', '.join(missing)}")
    return keys


def _leaves(story: str, n_left: int, n_articles: int) -> Event:
    kind = EventKind.SHRANK if n_articles >= LEAST_ARTICLES else EventKind.ENDED
    return Event(kind, story, "", 0, n_left, n_articles)


@dataclass(frozen=True, slots=True)
class InForce(Value):
    """A correction that every run keeps to.

    Attributes
    ----------
    run
        Its number, by which it can be undone.
    at
        Aware UTC time.
    kind
        What was said.
    articles, others
        Ids of the articles that are still there.
    story
        Where pinned articles stay, else empty.
    """

    run: int
    at: datetime
    kind: CorrectionKind
    articles: tuple[str, ...]
    others: tuple[str, ...]
    story: str


def corrections_in_force(reader: Reader) -> list[InForce]:
    """Return what people said and did not take back, oldest first."""
    corpus, live = reader.corpus, reader.run
    found = []
    for number, said in corpus.history.corrections(live):
        run = corpus.history.run(number)
        known = corpus.articles.by_keys([*said.articles, *said.others])
        articles, others = (
            tuple(known[key].id for key in keys if key in known)
            for keys in (said.articles, said.others)
        )
        story = corpus.history.survivor(said.story, live)
        if run is not None:
            found.append(InForce(number, run.at, said.kind, articles, others, story))
    return found


def undo_correction(writer: Writer, run: int) -> Corrected:
    """Take back a correction: it holds no more, and what it moved goes back.

    Articles that went elsewhere since stay there. A story that it merged away comes back
    under its id, and the id of one that it split off leads to where its articles go.

    Raises
    ------
    InputError
        The run is no correction that is in force.
    """

    def plan(corpus: Corpus, live: int) -> Plan:
        if run not in dict(corpus.history.corrections(live)):
            raise InputError(
                f"run {run} is no correction that is in force; 'engine stories corrections' "
                "lists these, and 'engine rollback' undoes whole runs"
            )
        moves = _moves_back(corpus, live, run)
        events = _events(corpus, moves, {event.story for event in corpus.history.events(run)})
        story = next((move.target for move in moves if move.target), "")
        return Plan(story, Correction(CorrectionKind.UNDONE, (), undoes=run), events, moves)

    return correct(writer, plan)


def _moves_back(corpus: Corpus, live: int, run: int) -> list[Move]:
    """Return the moves that take back those of `run`, as far as they still stand."""
    merged = {event.story for event in corpus.history.events(run) if event.kind == EventKind.MERGED}
    found = corpus.history.run(run)
    moves = [] if found is None else corpus.history.moves(found.parent, run)
    known = corpus.articles.by_keys([move.article for move in moves])
    now = corpus.ledger.stories_of([move.article for move in moves])
    back = []
    for move in moves:
        story = now.get(move.article, "")
        origin = move.origin
        if origin and origin not in merged:
            origin = corpus.history.survivor(origin, live)
        stands = story == corpus.history.survivor(move.target, live)
        if move.article in known and stands and story != origin:
            back.append(Move(move.article, story, origin))
    return back


def _events(corpus: Corpus, moves: Sequence[Move], made: set[str]) -> list[Event]:
    """Return what `moves` mean for the stories; `made` are those that the run had made."""
    joined = Counter(move.target for move in moves if move.target)
    left = Counter(move.origin for move in moves if move.origin)
    heirs = {move.origin: move.target for move in moves if move.target}
    sizes = corpus.ledger.sizes()
    records = corpus.ledger.records(sorted({*joined, *left}))
    events = []
    for story in sorted({*joined, *left}):
        size = sizes.get(story, 0) + joined[story] - left[story]
        counts = (joined[story], left[story], size)
        if joined[story]:
            kind = EventKind.GREW if records[story].state == "open" else EventKind.REOPENED
            events.append(Event(kind, story, "", *counts))
        elif not size and story in made and story in heirs:
            events.append(Event(EventKind.MERGED, story, heirs[story], *counts))
        else:
            kind = EventKind.SHRANK if size >= LEAST_ARTICLES else EventKind.ENDED
            events.append(Event(kind, story, "", *counts))
    return events
