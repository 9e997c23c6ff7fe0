"""How likely hits report the event of their query, as the base knows events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from engine.domain import UNDATED
from engine.index.vectors import sampled_rows
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.learnt import base_mixture, glimpsed_mixture, known_model
from engine.jobs.querying.heads import Head
from engine.jobs.querying.hits import Hit
from engine.jobs.querying.query import Query
from engine.same_event.evidence import Evidence
from engine.same_event.features import Features
from engine.same_event.hit_curve import curve_of
from engine.same_event.hits import Backdrop, weigh_hits, worth_showing
from engine.same_event.mixture import Mixture
from engine.same_event.timing import TimeEvidence
from engine.same_event.window import article_window

PROBABILITY_DIGITS = 9
"""Digits of a probability: those after the 15th depend on how many are worked out at once, and
hits that are equal but for them must keep their order."""


class Judged(NamedTuple):
    """What may become a hit, and how likely it reports the event of its query."""

    head: Head
    probability: float

    def hit(self) -> Hit:
        """Return it as a hit; five are judged for each that is wanted."""
        head = self.head
        return Hit(head.article, head.cosine, self.probability, head.row, tuple(head.folded))


def judged(
    reader: Reader,
    queries: Sequence[Query],
    heads: Sequence[Sequence[Head]],
    *,
    near_only: bool = False,
) -> list[list[Judged]]:
    """Return what each query found with probabilities, without what is surely nothing."""
    if not any(heads):
        return [[] for _ in heads]
    features, evidence = weighed(reader, queries, heads)
    curve = curve_of(reader.generation.manifest.fingerprint)
    chances = np.round(evidence.probabilities, PROBABILITY_DIGITS)
    ends = np.cumsum([len(found) for found in heads]).tolist()
    said = []
    for found, end in zip(heads, ends, strict=True):
        own = slice(end - len(found), end)
        shown = np.ones(len(found), np.bool_)
        if near_only and curve is not None:
            shown = worth_showing(features.cosines[own], evidence.part(own), curve)
        said.append(
            [
                Judged(head, chance)
                for head, chance, here in zip(
                    found, chances[own].tolist(), shown.tolist(), strict=True
                )
                if here
            ]
        )
    return said


def weighed(
    reader: Reader, queries: Sequence[Query], found: Sequence[Sequence[Head]]
) -> tuple[Features, Evidence]:
    """Weigh whether hits report the event of their query, as the base knows events.

    Parameters
    ----------
    reader
        Of the base.
    queries, found
        What was asked for, and what was found for each, in all at least one.

    Returns
    -------
    tuple
        Features and evidence of the hits of the first query, then of the second, and so on.
    """
    by_row = {head.row: head for heads in found for head in heads}
    rows = np.array(sorted(by_row), np.int64)
    read = [by_row[row] for row in rows.tolist()]
    view = article_window(
        [*(query.article for query in queries), *(one.article for one in read)],
        np.array([*(query.vector[0] for query in queries), *(one.vector for one in read)]),
    )
    hit_rows = np.array([head.row for heads in found for head in heads], np.int64)
    asked = np.repeat(np.arange(len(queries)), [len(heads) for heads in found])
    pairs = np.stack([asked, len(queries) + np.searchsorted(rows, hit_rows)], axis=1)
    return weigh_hits(
        view,
        pairs,
        reader.once(backdrop),
        model=reader.once(known_model),
        mixture=reader.once(known_mixture),
        curve=curve_of(reader.generation.manifest.fingerprint),
    )


def backdrop(reader: Reader) -> Backdrop:
    """Return articles of the base, evenly spaced by row."""
    generation = reader.generation
    rows = sampled_rows(len(generation))
    dates = generation.published[rows]
    published = np.where(dates == UNDATED, np.nan, dates.astype(np.float64))
    timing = TimeEvidence(published, reader.once(known_model))
    return Backdrop(timing, generation.sampled)


def known_mixture(reader: Reader) -> Mixture:
    """Return the mixture of the last clustering; before the first, one glimpsed at."""
    return base_mixture(reader) or glimpsed_mixture(reader)
