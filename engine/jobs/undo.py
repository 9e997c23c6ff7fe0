"""Taking back what a person said of stories, and what is still in force of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.disk.layout import Layout
from engine.errors import InputError
from engine.jobs.correct import Corrected, Plan, correct
from engine.store import Corpus, Correction, Event, Move
from engine.stories.changes import LEAST_ARTICLES

UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class InForce:
    """A correction that every run keeps to.

    Attributes
    ----------
    run
        Its number, by which it can be undone.
    at
        Aware UTC time.
    kind
        As of `engine.store.Correction`.
    articles, others
        Ids of the articles that are still there.
    story
        Where pinned articles stay, else empty.
    """

    run: int
    at: datetime
    kind: str
    articles: tuple[str, ...]
    others: tuple[str, ...]
    story: str


def corrections_in_force(corpus: Corpus, live: int) -> list[InForce]:
    """Return what people said and did not take back, oldest first."""
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


def undo_correction(layout: Layout, run: int) -> Corrected:
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
        return Plan(story, Correction(UNDONE, (), undoes=run), events, moves)

    return correct(layout, "undo", plan)


def _moves_back(corpus: Corpus, live: int, run: int) -> list[Move]:
    """Return the moves that take back those of `run`, as far as they still stand."""
    merged = {event.story for event in corpus.history.events(run) if event.kind == "merged"}
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
            kind = "grew" if records[story].state == "open" else "reopened"
            events.append(Event(kind, story, "", *counts))
        elif not size and story in made and story in heirs:
            events.append(Event("merged", story, heirs[story], *counts))
        else:
            kind = "shrank" if size >= LEAST_ARTICLES else "ended"
            events.append(Event(kind, story, "", *counts))
    return events
