"""What a base has learnt or was told: its pair model, how coarse stories are, its mixture.

What weighs pairs is imported where it is used: lists and the first page only ask what was told.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from engine.disk.files import FileState, replace_file, storage_errors
from engine.disk.layout import Layout
from engine.disk.lock import WriteLock
from engine.disk.sealed import read_sealed, sealed
from engine.domain import UNDATED, Rows
from engine.errors import DamagedError
from engine.jobs.base.reader import Reader, lost_run
from engine.origins.families import Families, shipped_families
from engine.store import RunFacts

if TYPE_CHECKING:
    from engine.same_event.mixture import Mixture
    from engine.same_event.pair_model import PairModel

T = TypeVar("T", str, float)


def base_model(layout: Layout) -> PairModel:
    """Return the pair model of a base: its own, or the one shipped.

    Raises
    ------
    DamagedError
        Its own is no such model.
    """
    from engine.same_event.pair_model import read_model, shipped_model

    own = layout.pair_model
    if not own.exists():
        return shipped_model()
    try:
        return read_model(own)
    except DamagedError as error:
        raise DamagedError(
            f"{error}; delete it, which brings back the model of the engine, and "
            "run 'engine calibrate' with your labels again"
        ) from error


def base_families(layout: Layout) -> Families:
    """Return which outlets belong together: what the base was told goes before what is shipped.

    Raises
    ------
    DamagedError
        What it was told is no such table any more.
    """
    try:
        return _families(layout.owners, FileState.of(layout.owners))
    except ValueError as error:
        raise DamagedError(
            f"{layout.owners} holds no owners ({error}); delete it, which brings back those of the "
            "engine, and give yours again by 'engine owners'"
        ) from error


@lru_cache(maxsize=8)
def _families(path: Path, state: FileState | None) -> Families:  # noqa: ARG001 - another key
    """Read a table of owners once until it changes: many stories are asked for their voices."""
    return shipped_families().with_owners(read_sealed(path, str, must=True))


def known_model(reader: Reader) -> PairModel:
    """Return the pair model of an open base; ask `Reader.once` for it, as a file is read."""
    return base_model(reader.layout)


def base_granularity(layout: Layout) -> float:
    """Return how coarse a base wants its stories, in log-odds; 0 where nothing was said.

    Raises
    ------
    DamagedError
        What is kept is no such setting.
    """
    from engine.same_event.granularity import as_granularity

    try:
        return as_granularity(_setting(layout.granularity, "granularity", 0.0))
    except ValueError as error:
        raise DamagedError(
            f"{layout.granularity} holds no granularity ({error}); delete it, which brings back "
            "the default, and run 'engine cluster --granularity' to give it again"
        ) from error


def keep_granularity(lock: WriteLock, granularity: str | float | None) -> None:
    """Keep how coarse stories are to be from now on; None leaves that as it is.

    Parameters
    ----------
    lock
        Of the base.
    granularity
        A word or log-odds; see `engine.same_event.granularity`.

    Raises
    ------
    InputError
        There is no such granularity.
    StorageError
        It cannot be written.
    """
    from engine.same_event.granularity import as_granularity

    if granularity is None:
        return
    _keep(lock, lock.layout.granularity, {"granularity": as_granularity(granularity)})


def headline_language(layout: Layout) -> str:
    """Return the code of the language in which headlines are wanted; empty: as they come.

    Raises
    ------
    DamagedError
        What is kept is no such setting.
    """
    try:
        return _setting(layout.headlines, "headlines", "")
    except ValueError as error:
        raise DamagedError(
            f"{layout.headlines} holds no language ({error}); delete it, which brings back the "
            "headlines as they come, and run 'engine stories headlines' to say it again"
        ) from error


def keep_headline_language(lock: WriteLock, code: str) -> None:
    """Keep the language in which headlines are wanted from now on; empty: as they come.

    Raises
    ------
    StorageError
        It cannot be written.
    """
    _keep(lock, lock.layout.headlines, {"headlines": code})


def _setting(path: Path, name: str, default: T) -> T:
    """Return the one value of a file that `_keep` wrote; `default` where there is no file."""
    if not path.exists():
        return default
    values = read_sealed(path, type(default))
    if list(values) != [name]:
        raise ValueError(f"expected {name!r} alone")
    found: T = values[name]
    return found


def _keep(lock: WriteLock, path: Path, values: Mapping[str, object]) -> None:
    with storage_errors(lock.layout.root):
        replace_file(path, json.dumps(sealed(values)).encode() + b"\n")


def live_facts(reader: Reader) -> RunFacts:
    """Return the counts and checks of the run that made the live stories."""
    run = reader.corpus.history.run(reader.run)
    if run is None and reader.run:
        raise DamagedError(lost_run(reader.layout, reader.generation))
    return RunFacts() if run is None else run.facts


def live_granularity(reader: Reader) -> float:
    """Return the setting with which the live stories were made, in log-odds."""
    return live_facts(reader).granularity or 0.0


def base_mixture(reader: Reader) -> Mixture | None:
    """Return what the clustering of the live stories found of its pairs; None: nothing yet."""
    from engine.same_event.mixture import Mixture

    facts = live_facts(reader)
    if facts.mixture is None or facts.fingerprint != reader.generation.manifest.fingerprint:
        return None
    return Mixture.of_values(facts.mixture)


SEEN_ARTICLES = 50
"""Articles, evenly spaced, whose nearest are looked at; with 200 the calibration error of
questions on labelled sets is .039 instead of .041, and each costs a search."""


def glimpsed_mixture(reader: Reader) -> Mixture:
    """Return the mixture fitted to the nearest neighbours of some articles of a base.

    By meaning and time alone, as names are rare or common only among all. Without it a base
    that was never clustered is taken for a usual one, and the calibration error of questions
    is .08 instead of .04.
    """
    from engine.same_event.candidates import NEIGHBOURS
    from engine.same_event.evidence import weigh
    from engine.same_event.features import Features, pair_cosines
    from engine.same_event.timing import TimeEvidence
    from engine.same_event.window import SECONDS_OF_A_DAY

    generation, model = reader.generation, reader.once(known_model)
    rows = Rows(np.arange(0, len(generation), max(1, len(generation) // SEEN_ARTICLES)))
    found = generation.index.search(generation.vectors(rows), NEIGHBOURS + 1).rows
    pairs = np.stack([np.repeat(rows, found.shape[1]), found.ravel()], axis=1)
    pairs = pairs[(pairs[:, 1] >= 0) & (pairs[:, 0] != pairs[:, 1])]
    there, place = np.unique(pairs, return_inverse=True)
    dates = np.where(generation.published == UNDATED, np.nan, generation.published)
    unknown = np.full(len(pairs), np.nan)
    features = Features(
        cosines=pair_cosines(generation.vectors(Rows(there)), place.reshape(pairs.shape)),
        terms=unknown,
        days=np.abs(dates[pairs[:, 0]] - dates[pairs[:, 1]]) / SECONDS_OF_A_DAY,
        conflicts=unknown,
        templates=np.zeros(len(pairs), np.bool_),
    )
    return weigh(features, TimeEvidence(dates, model), model).mixture
