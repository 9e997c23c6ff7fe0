"""What the start of each article says, read once, whatever story it is told in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy.typing as npt

from engine.domain import Rows
from engine.protocols import Executor
from engine.same_event.bags import Bags, Gathered, joined, split
from engine.same_event.readings import ReadingPart, reading_parts
from engine.same_event.scanned_capitals import capital_bags
from engine.same_event.window import Window

FORM = 1
"""Raised with every change of what is read of a lead: what earlier runs kept is then read again."""

KINDS = ("runs", "sure", "paired", "words", "plain")
"""Fields of `Leads` that have what those of `Capitals` have."""


@dataclass(frozen=True, slots=True)
class Leads:
    """Parallel to the articles of a window.

    Attributes
    ----------
    said
        The words of each, as `engine.words.terms.words` gives them.
    runs, sure, paired, words, plain
        What `Capitals` has of each, words side by side with spaces between them; all have the
        same `Bags.words`.
    """

    said: Bags
    runs: Bags
    sure: Bags
    paired: Bags
    words: Bags
    plain: Bags

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self.said)

    @classmethod
    def by(cls, executor: Executor, window: Window) -> Leads:
        """Read every article of `window` with the workers of `executor`."""
        return cls.of_parts(read for _, read in executor.map(_reader, reading_parts(window)))

    @classmethod
    def of_parts(cls, parts: Iterable[Leads]) -> Leads:
        """Return the leads of one part after the other."""
        said, written = Gathered(1), Gathered(len(KINDS))
        for part in parts:
            said.join([part.said])
            written.join(part.bags())
        return cls(*said.bags(), *written.bags())

    def bags(self) -> list[Bags]:
        """Return what they write, a bag for each of `KINDS`."""
        return [getattr(self, name) for name in KINDS]

    def take(self, rows: Rows) -> Leads:
        """Return the leads of `rows`, in that order."""
        return Leads(self.said.take(rows), *(bag.take(rows) for bag in self.bags()))

    def with_words(self, said: Sequence[str], written: Sequence[str]) -> Leads:
        """Return the same with other tables of words, such as none while they are sent."""
        return Leads(
            replace(self.said, words=said),
            *(replace(bag, words=written) for bag in self.bags()),
        )

    def to_arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Return all of it as arrays that `from_arrays` takes."""
        bags = {"said": self.said, **dict(zip(KINDS, self.bags(), strict=True))}
        return {
            "table_said": joined(self.said.words),
            "table_written": joined(self.words.words),
            **{f"{name}_columns": bag.columns for name, bag in bags.items()},
            **{f"{name}_starts": bag.starts for name, bag in bags.items()},
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]]) -> Leads:
        """Return what `to_arrays` was called on."""
        said, written = (split(arrays[name]) for name in ("table_said", "table_written"))
        tables = {"said": said, **dict.fromkeys(KINDS, written)}
        return cls(
            *(
                Bags(table, arrays[f"{name}_columns"], arrays[f"{name}_starts"])
                for name, table in tables.items()
            )
        )


def _reader() -> Callable[[ReadingPart], Leads]:
    """Return what reads a part."""
    return _read


def _read(part: ReadingPart) -> Leads:
    window = part.articles
    leads = [window.lead(row) for row in range(len(window))]
    said = Bags.of_words(leads)
    return Leads(said, *capital_bags(window, leads, said))
