"""What people said of articles, applied to a clustering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engine.domain import Embeddings, Labels, Rows

OWN_SHARE = 0.5
"""A cluster is drawn in as a whole when at least this share of it was said to belong
together; from another one only the articles that were named come along, so that one
stray article does not chain two stories."""


@dataclass(frozen=True, slots=True)
class Constraint:
    """Rows that are one story or, where `others` are given, two stories.

    Attributes
    ----------
    rows, others
        Int64, (n,): rows of the window; rows that are not clustered are left out.
    """

    rows: Rows
    others: Rows | None = None


def corrected(labels: Labels, vectors: Embeddings, constraints: Sequence[Constraint]) -> Labels:
    """Return the cluster of each row after `constraints`, in order; later ones win.

    Parameters
    ----------
    labels
        Int64, (n,); negative ones are alone.
    vectors
        Float32, (n, dim), centred unit rows.
    constraints
        Oldest first.

    Returns
    -------
    numpy.ndarray
        Int64, (n,): every label is 0 or more, those of lone rows too.
    """
    labels = numbered(labels)
    for constraint in constraints:
        if constraint.others is None:
            _unite(labels, constraint.rows)
        else:
            _part(labels, vectors, constraint.rows, constraint.others)
    return labels


def numbered(labels: Labels) -> Labels:
    """Return a copy of `labels` in which each lone row has a label of its own."""
    out = labels.copy()
    alone = out < 0
    out[alone] = out.max(initial=-1) + 1 + np.arange(alone.sum())
    return out


def n_regrouped(before: Labels, after: Labels) -> int:
    """Return the number of rows whose company is another in `after` than in `before`."""
    one, other = numbered(before), numbered(after)
    sizes = [_sizes(labels) for labels in (np.stack([one, other], 1), one[:, None], other[:, None])]
    return int(((sizes[0] != sizes[1]) | (sizes[0] != sizes[2])).sum())


def _sizes(labels: Labels) -> Labels:
    """Return for each row of (n, columns) the number of rows that are equal to it."""
    _, inverse, counts = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    sizes: Labels = counts[inverse.reshape(-1)]
    return sizes


def _unite(labels: Labels, rows: Rows) -> None:
    if not len(rows) or (labels[rows] == labels[rows[0]]).all():
        return
    found, counts = np.unique(labels[rows], return_counts=True)
    target = found[np.argmax(counts)]
    for label, count in zip(found, counts, strict=True):
        members = labels == label
        if count >= OWN_SHARE * members.sum():
            labels[members] = target
    labels[rows] = target


def _part(labels: Labels, vectors: Embeddings, rows: Rows, others: Rows) -> None:
    for label in np.intersect1d(labels[rows], labels[others]):
        members = np.flatnonzero(labels == label)
        ours = np.intersect1d(rows, members)
        theirs = np.setdiff1d(np.intersect1d(others, members), ours)
        if not len(theirs):
            continue
        near_ours = vectors[members] @ vectors[ours].mean(axis=0)
        near_theirs = vectors[members] @ vectors[theirs].mean(axis=0)
        # What nobody named goes to the nearer side.
        goes = (near_ours > near_theirs) & ~np.isin(members, theirs)
        labels[members[goes | np.isin(members, ours)]] = labels.max() + 1
