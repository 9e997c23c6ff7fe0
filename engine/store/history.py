"""Reading the ledger: what happened, up to the run that is live."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from engine.errors import DamagedError
from engine.recorded import CorrectionKind, Event, EventKind, RunKind, RunState
from engine.store.checksums import MODULUS, row_sum
from engine.store.rows import in_chunks
from engine.store.runs import Correction, Move, Run, RunFacts, StageMove

_CHAIN = (
    "WITH RECURSIVE chain (run, parent) AS ("
    " SELECT run, parent FROM runs WHERE run = ?"
    " UNION ALL SELECT r.run, r.parent FROM runs r JOIN chain c ON r.run = c.parent)"
)
"""The run that is asked for and all that it went on from; undone and held runs are not in it."""

_RUN = "run, parent, kind, at, state, generation, last_article, last_revision, facts"
_KINDS = {kind.value: kind for kind in EventKind}
"""Of events, of which a night has thousands."""
_EVENT = "kind, story, other, n_joined, n_left, n_articles"


class History:
    """The past of one corpus's stories; safe to read beside a writer."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def chain(self, live: int) -> list[int]:
        """Return `live` and its ancestors, oldest first."""
        rows = self._connection.execute(
            f"{_CHAIN} SELECT run FROM chain ORDER BY run",  # noqa: S608 - a constant
            (live,),
        )
        return [int(run) for (run,) in rows]

    def clusterings(self, live: int) -> list[int]:
        """Return the runs up to `live` that clustered articles, oldest first."""
        rows = self._connection.execute(
            f"{_CHAIN} SELECT run FROM runs JOIN chain USING (run)"  # noqa: S608 - constants
            " WHERE kind IN ('cluster', 'nightly') ORDER BY run",
            (live,),
        )
        return [int(run) for (run,) in rows]

    def run(self, run: int) -> Run | None:
        """Return one run, live or not; None where there is none of that number.

        Raises
        ------
        DamagedError
            The runs are not as they were written.
        """
        return next((_run(row) for row in self._rows() if row[0] == run), None)

    def runs(self) -> list[Run]:
        """Return all runs, oldest first, undone and held ones too. Raises as `run`."""
        return [_run(row) for row in self._rows()]

    def _rows(self) -> list[tuple[Any, ...]]:
        """Return the runs, which searches rely on, once they are found to be as written."""
        # One statement, so that a run that another process writes is in both or in neither.
        rows = self._connection.execute(
            f"SELECT {_RUN}, n, total FROM tallies LEFT JOIN runs"  # noqa: S608 - constants
            " WHERE name = 'runs' ORDER BY run"
        ).fetchall()
        found = [row[:-2] for row in rows if row[0] is not None]
        total = sum(row_sum(*row) for row in found) % MODULUS
        if not rows or rows[0][-2:] != (len(found), total):
            raise DamagedError(
                "the runs of the ledger are not as they were written; run 'engine import' on a "
                "copy that 'engine export' wrote, or 'engine rebuild --mend' to go on with what "
                "is there"
            )
        return found

    def events(self, run: int) -> list[Event]:
        """Return what happened in one run."""
        rows = self._connection.execute(
            f"SELECT {_EVENT} FROM events WHERE run = ? ORDER BY ordinal",  # noqa: S608 - constants
            (run,),
        )
        return [_event(row) for row in rows]

    def story_events(self, story: str, live: int) -> list[tuple[Run, Event]]:
        """Return what happened to a story, or made another out of it, oldest first."""
        rows = self._connection.execute(
            f"{_CHAIN} SELECT run, {_EVENT} FROM events JOIN chain USING (run)"  # noqa: S608 - constants
            " WHERE story = ? OR other = ? ORDER BY run, ordinal",
            (live, story, story),
        ).fetchall()
        runs = {number: self.run(number) for number in {row[0] for row in rows}}
        return [
            (run, _event(values)) for number, *values in rows if (run := runs[number]) is not None
        ]

    def moves(self, after: int, until: int) -> list[Move]:
        """Return where each article went between two runs of one chain, by key.

        Parameters
        ----------
        after, until
            The state after run `after` is compared with that after run `until`.
        """
        rows = self._connection.execute(
            f"{_CHAIN} SELECT article, origin, target FROM moves JOIN chain USING (run)"  # noqa: S608 - constants
            " WHERE run > ? ORDER BY run",
            (until, after),
        )
        first: dict[int, str] = {}
        last: dict[int, str] = {}
        for article, origin, target in rows:
            first.setdefault(article, origin)
            last[article] = target
        return [
            Move(article, first[article], last[article])
            for article in sorted(first)
            if first[article] != last[article]
        ]

    def languages_of_moved(self, after: int, until: int) -> list[tuple[str, int]]:
        """Return the languages of the articles of `moves`, and how many of these each has.

        That of most articles comes first, of several with as many that of the smallest key.
        """
        runs = self._connection.execute(
            f"{_CHAIN} SELECT run FROM chain WHERE run > ?"  # noqa: S608 - constants
            " AND EXISTS (SELECT 1 FROM moves WHERE moves.run = chain.run)",
            (until, after),
        ).fetchall()
        if len(runs) == 1:  # where no article moves twice, this takes half the time
            return self._connection.execute(
                "SELECT language, count(*) AS n FROM moves JOIN articles ON key = article"
                " WHERE run = ? AND origin <> target"
                " GROUP BY language ORDER BY n DESC, min(article)",
                runs[0],
            ).fetchall()
        moved = (
            "SELECT article, count(*) AS n_moves, min(run) AS first, max(run) AS last, origin,"
            " target FROM moves JOIN chain USING (run) WHERE run > ? GROUP BY article"
        )
        # Most articles move once, so that the row itself says both.
        origin, target = (
            f"CASE n_moves WHEN 1 THEN {column} ELSE (SELECT {column} FROM moves"  # noqa: S608 - constants
            f" WHERE run = {end} AND article = moved.article) END"
            for column, end in (("origin", "first"), ("target", "last"))
        )
        return self._connection.execute(
            f"{_CHAIN} SELECT language, count(*) AS n FROM ({moved}) AS moved"  # noqa: S608 - constants
            f" JOIN articles ON key = article WHERE {origin} <> {target}"
            " GROUP BY language ORDER BY n DESC, min(article)",
            (until, after),
        ).fetchall()

    def stages(self, live: int) -> list[tuple[int, StageMove]]:
        """Return what went to which matter in the runs up to `live`, oldest first."""
        rows = self._connection.execute(
            f"{_CHAIN} SELECT run, story, origin, target FROM stages JOIN chain USING (run)"  # noqa: S608 - constants
            " ORDER BY run, story",
            (live,),
        )
        return [(run, StageMove(*values)) for run, *values in rows]

    def matters(self, live: int) -> dict[str, str]:
        """Return the matter of each story that is a stage of one after the runs up to `live`."""
        rows = self._connection.execute(
            f"{_CHAIN} SELECT story, target FROM stages JOIN chain USING (run)"  # noqa: S608 - constants
            " ORDER BY run, story",
            (live,),
        )
        return dict(rows.fetchall())

    def corrections(self, live: int) -> list[tuple[int, Correction]]:
        """Return what people said that is in force, with its run, oldest first."""
        rows = self._connection.execute(
            f"{_CHAIN} SELECT run, kind, articles, others, story, undoes"  # noqa: S608 - constants
            " FROM corrections JOIN chain USING (run) ORDER BY run",
            (live,),
        )
        found = {
            run: Correction(
                CorrectionKind(kind),
                tuple(json.loads(articles)),
                tuple(json.loads(others)),
                *more,
            )
            for run, kind, articles, others, *more in rows
        }
        undone = {said.undoes for said in found.values()}
        return [(run, said) for run, said in found.items() if not said.undoes and run not in undone]

    def descents(self, live: int) -> dict[int, list[Event]]:
        """Return the mergers and splits of each run up to `live` that has some, oldest first."""
        rows = self._connection.execute(
            f"{_CHAIN} SELECT run, {_EVENT} FROM events JOIN chain USING (run)"  # noqa: S608 - constants
            " WHERE kind IN ('merged', 'split') ORDER BY run, ordinal",
            (live,),
        )
        found: dict[int, list[Event]] = {}
        for run, *values in rows:
            found.setdefault(run, []).append(_event(values))
        return found

    def survivor(self, story: str, live: int) -> str:
        """Return the id that `story` leads to after all merges; itself where it was not merged."""
        # What was reopened after a merge leads to itself again.
        redirects = dict(
            self._connection.execute(
                f"{_CHAIN} SELECT story, other FROM events JOIN chain USING (run)"  # noqa: S608 - constants
                " WHERE kind IN ('merged', 'reopened') ORDER BY run, ordinal",
                (live,),
            )
        )
        while redirects.get(story):
            story = redirects[story]
        return story

    def headlines(self, keys: Sequence[int]) -> dict[int, list[tuple[datetime, str]]]:
        """Return the earlier headlines of each article that has some, oldest first.

        Returns
        -------
        dict
            By key: (aware UTC time at which it was replaced, title until then). Edits that
            left the headline as it was are not in it.
        """
        query = "SELECT key, title FROM articles WHERE key IN"
        later = dict(in_chunks(self._connection, query, keys))
        found: dict[int, list[tuple[datetime, str]]] = {}
        query = "SELECT revision, article, replaced, title FROM revisions WHERE article IN"
        rows = sorted(in_chunks(self._connection, query, keys), reverse=True)
        for _, article, replaced, title in rows:
            if title != later.get(article):
                later[article] = title
                found.setdefault(article, []).insert(
                    0, (datetime.fromtimestamp(replaced, UTC), title)
                )
        return found

    def edited_headlines(self, revision: int) -> dict[int, str]:
        """Return the headline that each article had before its first edit after `revision`.

        By key; the article that was edited last comes first.
        """
        rows = self._connection.execute(
            "SELECT article, title, max(revision) OVER (PARTITION BY article) AS last"
            " FROM revisions WHERE revision > ? ORDER BY last DESC, revision",
            (revision,),
        )
        found: dict[int, str] = {}
        for article, title, _ in rows:
            found.setdefault(article, title)
        return found

    def last_revision(self) -> int:
        """Return the number of the newest revision, 0 where nothing was ever edited."""
        (last,) = self._connection.execute("SELECT max(revision) FROM revisions").fetchone()
        return int(last or 0)

    def edited_since(self, revision: int) -> list[int]:
        """Return the keys of the articles that were edited after `revision`, ascending."""
        rows = self._connection.execute(
            "SELECT DISTINCT article FROM revisions WHERE revision > ? ORDER BY 1", (revision,)
        )
        return [int(article) for (article,) in rows]


def _event(row: Sequence[Any]) -> Event:
    kind, *values = row
    return Event(_KINDS[kind], *values)


def _run(row: tuple[int, int, str, int, str, str, int, int, str]) -> Run:
    run, parent, kind, at, state, generation, last_article, last_revision, facts = row
    return Run(
        run=run,
        parent=parent,
        kind=RunKind(kind),
        at=datetime.fromtimestamp(at, UTC),
        state=RunState(state),
        generation=generation,
        last_article=last_article,
        last_revision=last_revision,
        facts=RunFacts.from_dict(json.loads(facts)),
    )
