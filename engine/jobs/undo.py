"""Taking back what a person said of stories, and what is still in force of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.domain import CorrectionKind, Event, EventKind, Value
from engine.errors import InputError
from engine.jobs.correct import Corrected, Plan, correct
from engine.jobs.session import Reader, Writer
from engine.store import Corpus, Correction, Move
from engine.stories.changes import LEAST_ARTICLES


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
