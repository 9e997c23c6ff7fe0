"""The ledger of stories: what each run did, and where that leaves every article.

A run is written in three steps, so that a kill at any moment can be told apart afterwards:
`begin` records it as pending, then its generation is published, then `finish` makes it the
head. `recover` finishes or drops a pending run by looking at which run is live.
"""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence

from engine.recorded import RunState
from engine.store.checksums import count_in, row_sum
from engine.store.history import History
from engine.store.rows import in_chunks
from engine.store.runs import NO_RUN, RunContent, StoryRecord


class Ledger:
    """The ledger of one corpus; the caller holds a transaction where something is written."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._history = History(connection)

    def next_run(self) -> int:
        """Return the number of the next run."""
        (last,) = self._connection.execute("SELECT max(run) FROM runs").fetchone()
        return int(last or NO_RUN) + 1

    def head(self) -> int:
        """Return the run up to which states and memberships are added up."""
        row = self._connection.execute("SELECT run FROM ledger_head").fetchone()
        return NO_RUN if row is None else int(row[0])

    def begin(self, content: RunContent) -> int:
        """Record a run as pending and return its number; nothing counts of it yet."""
        return self._insert(content, RunState.PENDING)

    def hold(self, content: RunContent) -> int:
        """Record a run whose stories were not published and return its number."""
        return self._insert(content, RunState.HELD)

    def _insert(self, content: RunContent, state: RunState) -> int:
        run = self.next_run()
        write = self._connection.execute
        write(
            "INSERT INTO runs VALUES (?, ?, ?, ?, ?, '', ?, ?, ?)",
            (
                run,
                content.parent,
                content.kind,
                int(content.at.timestamp()),
                state,
                content.last_article,
                content.last_revision,
                json.dumps(content.facts.to_dict(), sort_keys=True),
            ),
        )
        self._connection.executemany(
            "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                (run, ordinal, e.kind, e.story, e.other, e.n_joined, e.n_left, e.n_articles)
                for ordinal, e in enumerate(content.events)
            ),
        )
        moves = [(run, move.article, move.origin, move.target) for move in content.moves]
        self._connection.executemany("INSERT INTO moves VALUES (?, ?, ?, ?)", moves)
        count_in(self._connection, "moves", [row_sum(*move) for move in moves])
        self._connection.executemany(
            "INSERT INTO stages VALUES (?, ?, ?, ?)",
            ((run, stage.story, stage.origin, stage.target) for stage in content.stages),
        )
        if (said := content.correction) is not None:
            lists = (json.dumps(said.articles), json.dumps(said.others))
            write(
                "INSERT INTO corrections VALUES (?, ?, ?, ?, ?, ?)",
                (run, said.kind, *lists, said.story, said.undoes),
            )
        return run

    def finish(self, run: int, generation: str) -> None:
        """Make a pending run the head, now that `generation` publishes it."""
        self._connection.execute(
            "UPDATE runs SET state = 'done', generation = ? WHERE run = ?", (generation, run)
        )
        if self._parent(run) == self.head():
            self._apply(run)
        else:
            self._add_up(run)

    def recover(self, live: int, generation: str) -> list[int]:
        """Bring the ledger to the run that is live; return the runs that were dropped.

        Parameters
        ----------
        live
            The run of the live generation.
        generation
            Its name.
        """
        pending = [
            run
            for (run,) in self._connection.execute("SELECT run FROM runs WHERE state = 'pending'")
        ]
        dropped = [run for run in pending if run != live]
        for run in dropped:
            for table in ("events", "moves", "stages", "corrections", "runs"):
                self._connection.execute(f"DELETE FROM {table} WHERE run = ?", (run,))  # noqa: S608 - constants
        if live in pending:
            self.finish(live, generation)
        elif live != self.head():
            self._add_up(live)
        return dropped

    def _parent(self, run: int) -> int:
        found = self._history.run(run)
        return NO_RUN if found is None else found.parent

    def add_up_anew(self) -> None:
        """Add up again what the runs up to the head did."""
        self._add_up(self.head())

    def _add_up(self, run: int) -> None:
        self._connection.execute("DELETE FROM memberships")
        self._connection.execute("DELETE FROM stories")
        for number in self._history.chain(run):
            self._apply(number)
        self._set_head(run)

    def _set_head(self, run: int) -> None:
        self._connection.execute("DELETE FROM ledger_head")
        self._connection.execute("INSERT INTO ledger_head VALUES (?)", (run,))

    def _apply(self, run: int) -> None:
        write = self._connection.execute
        write(
            "DELETE FROM memberships WHERE article IN"
            " (SELECT article FROM moves WHERE run = ? AND target = '')",
            (run,),
        )
        write(
            "INSERT OR REPLACE INTO memberships"
            " SELECT article, target, run FROM moves WHERE run = ? AND target != ''",
            (run,),
        )
        for kind, story, other in self._connection.execute(
            "SELECT kind, story, other FROM events WHERE run = ? ORDER BY ordinal", (run,)
        ).fetchall():
            if kind in {"born", "split"}:
                write("INSERT INTO stories VALUES (?, ?, 'open', '')", (story, run))
            elif kind in {"ended", "reopened"}:
                # A merged one is reopened when the merge is taken back.
                state = "open" if kind == "reopened" else "ended"
                write("UPDATE stories SET state = ?, redirect = '' WHERE story = ?", (state, story))
            elif kind == "merged":
                write(
                    "UPDATE stories SET state = 'merged', redirect = ? WHERE story = ?",
                    (other, story),
                )
        self._set_head(run)

    def stories_of(self, keys: Sequence[int]) -> dict[int, str]:
        """Return the story of each article, by key, that is in one."""
        return dict(
            in_chunks(
                self._connection, "SELECT article, story FROM memberships WHERE article IN", keys
            )
        )

    def settled(self, keys: Sequence[int], since: int) -> set[int]:
        """Return those of the articles that came to their story in run `since` or before."""
        query = f"SELECT article FROM memberships WHERE since <= {int(since)} AND article IN"  # noqa: S608 - a number
        return {int(key) for (key,) in in_chunks(self._connection, query, keys)}

    def members(self, stories: Sequence[str]) -> dict[str, list[int]]:
        """Return the keys of the members of each story, ascending."""
        found = defaultdict[str, list[int]](list)
        query = "SELECT story, article FROM memberships WHERE story IN"
        for story, key in in_chunks(self._connection, query, stories):
            found[story].append(key)
        return {story: sorted(found[story]) for story in stories}

    def sizes_of(self, stories: Sequence[str]) -> dict[str, int]:
        """Return the number of members of each of the stories that has some.

        Counted in the index: a hit may be in a story of thousands, which all would be read.
        """
        query = "SELECT story, count(*) FROM memberships WHERE story IN"
        return dict(in_chunks(self._connection, query, stories, " GROUP BY story"))

    def records(self, stories: Sequence[str]) -> dict[str, StoryRecord]:
        """Return the stories that are known as of the head, by id."""
        query = "SELECT story, born, state, redirect FROM stories WHERE story IN"
        rows = in_chunks(self._connection, query, stories)
        return {row[0]: StoryRecord(*row) for row in rows}

    def open_stories(self) -> list[str]:
        """Return the ids of the stories that go on, ascending."""
        rows = self._connection.execute("SELECT story FROM stories WHERE state = 'open'")
        return sorted(story for (story,) in rows)

    def sizes(self) -> dict[str, int]:
        """Return the number of members of each story that has some."""
        return dict(
            self._connection.execute("SELECT story, count(*) FROM memberships GROUP BY story")
        )

    def orphans(self) -> dict[int, str]:
        """Return the story of each member, by key, that is not in the store any more."""
        return dict(
            self._connection.execute(
                "SELECT article, story FROM memberships"
                " WHERE article NOT IN (SELECT key FROM articles)"
            )
        )

    def is_used(self, story: str) -> bool:
        """Tell whether any run, live or undone, ever gave out this id."""
        row = self._connection.execute(
            "SELECT 1 FROM events WHERE story = ? LIMIT 1", (story,)
        ).fetchone()
        return row is not None

    def is_matter(self, matter: str) -> bool:
        """Tell whether any run, live or undone, ever gave out this id of a matter."""
        row = self._connection.execute(
            "SELECT 1 FROM stages WHERE target = ? LIMIT 1", (matter,)
        ).fetchone()
        return row is not None
