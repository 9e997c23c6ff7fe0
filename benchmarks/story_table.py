"""How the bench of stories says what it found: a line for each window, and what they sum up to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter

import numpy as np
from story_peers import Peers
from story_windows import KINDS, Case

from engine.stories.agreement import Agreement

FALL = 0.05
"""Loss of B-cubed F1 against an earlier share of a growing set that is worth a word."""

CROWD, CHAINED_CROWD, CHAINED = 50, 1.5, 3.0
"""Articles of the largest event from which on a story is a chain when it is so many times as
large, and how many times elsewhere."""

COLUMNS = (
    f"{'set':22}{'kind':8}{'':8}{'n':>6}{'F1':>7}{'P':>7}{'R':>7}{'largest':>10}"
    f"{'fitted':>8}{'true':>6}{'ECE':>7}{'s':>7}{'best peer':>11} {'its setting':35}{'fixed':>6}"
)
"""Largest: story against event. Fitted and true: share of related candidate pairs."""


@dataclass(frozen=True)
class Row:
    """What was found of a case.

    Attributes
    ----------
    agreement
        B-cubed, with the events.
    story, event
        Articles of the largest of each.
    fitted, true
        Share of candidate pairs of one event, as fitted and as it is.
    error
        Expected calibration error of the probabilities of candidate pairs.
    seconds
        That it took.
    peers
        None where not asked for.
    """

    case: Case
    agreement: Agreement
    story: int
    event: int
    fitted: float
    true: float
    error: float
    seconds: float
    peers: Peers | None

    @property
    def name(self) -> str:
        """Set, form, kind and detail."""
        case = self.case
        return f"{case.name}.{case.form} {case.kind} {case.detail}".strip()

    @property
    def chained(self) -> bool:
        """Whether the largest story is larger than any chance of events would make it."""
        most = CHAINED_CROWD if self.event >= CROWD else CHAINED
        return self.story > most * self.event

    def __str__(self) -> str:
        """Return the line of the table, under `COLUMNS`."""
        case, found = self.case, self.agreement
        line = (
            f"{case.name:22}{case.kind:8}{case.detail:8}{len(case.window):6}"
            f"{found.f1:7.3f}{found.precision:7.3f}{found.recall:7.3f}"
            f"{f'{self.story}/{self.event}':>10}{self.fitted:8.3f}{self.true:6.3f}"
            f"{self.error:7.3f}{self.seconds:7.1f}"
        )
        if self.peers is None:
            return line
        return line + f"{self.peers.best:11.3f} {self.peers.setting:35}{self.peers.fixed:6.3f}"


def summary(rows: Sequence[Row]) -> list[str]:
    """Return the lines that say the worst of `rows` as well as their means."""
    kinds = [(kind, [row for row in rows if row.case.kind == kind]) for kind in KINDS]
    lines = [_mean_line(kind, mine) for kind, mine in kinds if mine]
    compared = [row for row in rows if row.peers]
    for name, peer in (("best peer", "best"), ("fixed peer", "fixed")):
        ahead = [row.name for row in compared if getattr(row.peers, peer) > row.agreement.f1]
        if compared:
            lines.append(_said(f"{name} not beaten on {len(ahead)} of {len(compared)}", ahead))
    falls = _falls([row for row in rows if row.case.kind == "grow"])
    lines.append(_said(f"falls of more than {FALL:.0%} while growing: {len(falls)}", falls))
    chained = [f"{row.name} ({row.story}/{row.event})" for row in rows if row.chained]
    lines.append(_said(f"chained: {len(chained)}", chained))
    return lines


def _mean_line(kind: str, rows: Sequence[Row]) -> str:
    line = f"{kind}: mean F1 {_mean(rows, lambda row: row.agreement.f1):.3f}"
    if all(row.peers for row in rows):
        best, fixed = (_mean(rows, attrgetter(f"peers.{name}")) for name in ("best", "fixed"))
        line += f", best peer {best:.3f}, fixed peer {fixed:.3f}"
    return line + f", calibration error {_mean(rows, lambda row: row.error):.3f}"


def _mean(rows: Sequence[Row], value: Callable[[Row], float]) -> float:
    """Return the mean in which every set weighs the same, however many windows it gives."""
    ordered = sorted(rows, key=lambda row: row.case.source)
    return float(
        np.mean(
            [
                np.mean([value(row) for row in mine])
                for _, mine in groupby(ordered, key=lambda row: row.case.source)
            ]
        )
    )


def _falls(rows: Sequence[Row]) -> list[str]:
    falls = []
    for (name, form), mine in groupby(rows, key=lambda row: (row.case.name, row.case.form)):
        best: Row | None = None
        for row in mine:
            if best is None or row.agreement.f1 > best.agreement.f1:
                best = row
            elif (lost := best.agreement.f1 - row.agreement.f1) > FALL:
                fall = f"{best.case.detail} to {row.case.detail} ({-100 * lost:.1f})"
                falls.append(f"{name}.{form} {fall}")
    return falls


def _said(line: str, names: Sequence[str]) -> str:
    return line + (": " if names else "") + "; ".join(names)
