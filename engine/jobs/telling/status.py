"""What a base holds and whether it is sound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from engine.disk.files import logged_lines
from engine.disk.layout import Layout
from engine.disk.sealed import read_sealed
from engine.domain import Value
from engine.errors import DamagedError, EngineError, InputError, NotFoundError
from engine.generations.generation import open_live
from engine.generations.manifest import Manifest
from engine.generations.upkeep import GenerationEntry, disk_bytes, list_generations, verify
from engine.jobs.base.reader import Reader, lost_run
from engine.jobs.base.setup import SHIPPED, Setup
from engine.jobs.lookup.answers import kept_answers
from engine.jobs.lookup.learnt import base_families, base_granularity, base_model, headline_language
from engine.jobs.lookup.watches import kept_watches
from engine.jobs.rebuilding.centring import kept_centring
from engine.jobs.storing.clean import other_cleaner
from engine.reading.cleaning.cleaner import fingerprint
from engine.store import Corpus


@dataclass(frozen=True, slots=True)
class GenerationStatus(Value):
    """One generation of a base.

    Attributes
    ----------
    name
        Of the generation.
    live
        Whether it is the one that readers open.
    age_hours, n_articles, n_stories
        Since it was published, and what it holds; None where its manifest cannot be read.
    bytes
        Of its files; generations may share files, which are counted in each.
    problem
        Why it cannot be read, or empty.
    """

    name: str
    live: bool
    age_hours: float | None
    n_articles: int | None
    n_stories: int | None
    bytes: int
    problem: str


@dataclass(frozen=True, slots=True)
class LiveStatus(Value):
    """The live generation.

    Attributes
    ----------
    generation
        Its name.
    age_hours
        Since it was published.
    n_indexed, n_stories
        What it holds.
    run
        Number of the run that made the stories; 0: none did.
    encoder, fingerprint, dim
        What made its vectors, and their length.
    index_kind, index_parameters
        As in `engine.index.faiss_index.FaissIndex`.
    recall, recall_wanted
        Share of the true neighbours that the index found when it was audited, and that it
        was tuned to, in [0, 1].
    n_deleted
        Stored vectors that are marked as deleted.
    """

    generation: str
    age_hours: float
    n_indexed: int
    n_stories: int
    run: int
    encoder: str
    fingerprint: str
    dim: int
    index_kind: str
    index_parameters: Mapping[str, float]
    recall: float
    recall_wanted: float
    n_deleted: int


@dataclass(frozen=True, slots=True)
class Status(Value):
    """What a base holds.

    Attributes
    ----------
    indexes
        Folder of the base.
    n_articles, languages
        Stored articles, in all and by language.
    corpus_bytes
        Size of the article store.
    n_rejects
        Inputs that could not become articles, as far as the log goes back.
    granularity
        How coarse stories are to be, in log-odds.
    cleaner, cleaner_is_current
        What cleaned the articles, and whether this engine would clean them the same way.
    live
        The live generation; None where nothing is published.
    n_to_embed
        Texts that the next rebuild would encode.
    generations_bytes
        What all generations take; files that they share count once.
    generations
        All of them, oldest first.
    """

    indexes: Path
    n_articles: int
    languages: Mapping[str, int]
    corpus_bytes: int
    n_rejects: int
    granularity: float
    cleaner: str | None
    cleaner_is_current: bool
    live: LiveStatus | None
    n_to_embed: int
    generations_bytes: int
    generations: tuple[GenerationStatus, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the status as ``engine status --json`` prints it."""
        values = super(Status, self).to_dict()
        live: dict[str, Any] | None = values.pop("live")
        last = {name: values.pop(name) for name in ("generations_bytes", "generations")}
        n_to_embed = {"n_to_embed": values.pop("n_to_embed")}
        if live is None:
            return values | {"generation": None} | n_to_embed | {"generations": []}
        return values | live | n_to_embed | {"n_generations": len(self.generations)} | last


def status(reader: Reader) -> Status:
    """Return what the base holds."""
    layout, corpus = reader.layout, reader.corpus
    now = reader.setup.clock()
    n_to_embed = len(corpus.articles)
    try:
        manifest = reader.generation.manifest
    except NotFoundError:
        live = None
    else:
        live = _live(manifest, now)
        n_to_embed = len(corpus.embeddings.missing(manifest.fingerprint))
    return Status(
        indexes=layout.root,
        n_articles=len(corpus.articles),
        languages=corpus.articles.counts_by_language(),
        corpus_bytes=layout.corpus.stat().st_size,
        n_rejects=sum(1 for _ in logged_lines(layout.rejects)),
        granularity=base_granularity(layout),
        cleaner=corpus.cleaner(),
        cleaner_is_current=corpus.cleaner() in {None, fingerprint()},
        live=live,
        n_to_embed=n_to_embed,
        generations_bytes=disk_bytes(layout),
        generations=tuple(_entry(entry, now) for entry in list_generations(layout)),
    )


def _live(manifest: Manifest, now: datetime) -> LiveStatus:
    return LiveStatus(
        generation=manifest.name,
        age_hours=_hours(now - manifest.created),
        n_indexed=manifest.n_articles,
        n_stories=manifest.n_stories,
        run=manifest.run,
        encoder=manifest.encoder.name,
        fingerprint=manifest.fingerprint,
        dim=manifest.dim,
        index_kind=manifest.index_kind,
        index_parameters=manifest.index_parameters,
        recall=round(manifest.audit.recall, 4),
        recall_wanted=manifest.audit.target,
        n_deleted=manifest.n_stored - manifest.n_articles,
    )


def _entry(entry: GenerationEntry, now: datetime) -> GenerationStatus:
    manifest = entry.manifest
    return GenerationStatus(
        name=entry.name,
        live=entry.live,
        age_hours=None if manifest is None else _hours(now - manifest.created),
        n_articles=None if manifest is None else manifest.n_articles,
        n_stories=None if manifest is None else manifest.n_stories,
        bytes=entry.n_bytes,
        problem=entry.problem,
    )


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 2)


def verify_base(layout: Layout, setup: Setup = SHIPPED, *, full: bool = False) -> list[str]:
    """Return everything that is wrong with the base, one sentence each.

    Generations are read through; of the articles a sample is, or all with `full`.
    """
    problems = []
    keys, last_run = None, 0
    try:
        with Corpus(layout.corpus, read_only=True) as corpus:
            problems += [f"{layout.corpus}: {found}" for found in corpus.check(full=full)]
            keys, last_run = corpus.articles.keys(), corpus.ledger.next_run() - 1
            if (stored := corpus.cleaner()) not in {None, fingerprint()}:
                problems.append(other_cleaner(stored or ""))
    except EngineError as error:
        problems.append(str(error))
    problems += verify(layout)
    problems += _learnt_problems(layout)
    try:
        live = open_live(layout)
        manifest = live.manifest
        now = setup.asking_encoder(manifest.encoder).fingerprint
    except EngineError as error:
        if str(error) not in problems:
            problems.append(str(error))
        return problems
    if now != manifest.fingerprint:
        problems.append(
            f"the live generation was made with encoder {manifest.fingerprint}, "
            f"this engine has {now}; run 'engine rebuild'"
        )
    if keys is not None and manifest.run > last_run:
        problems.append(lost_run(layout, live))
    if keys is not None and (n_orphans := len(np.setdiff1d(live.keys, keys))):
        problems.append(
            f"{n_orphans} rows of generation {live.name} have no article in {layout.corpus}; "
            "run 'engine ingest' on all inputs again, then 'engine rebuild'"
        )
    return problems


def _learnt_problems(layout: Layout) -> list[str]:
    """Return what is wrong with what the base has learnt, was told and remembers."""
    problems = []
    read_all = (
        base_model, base_granularity, base_families, headline_language, kept_answers,
        kept_centring, kept_watches, _remembered,
    )  # fmt: skip
    for read in read_all:
        try:
            read(layout)
        except (DamagedError, InputError) as error:
            problems.append(str(error))
    return problems


def _remembered(layout: Layout) -> None:
    """Check what addresses said of their age."""
    try:
        read_sealed(layout.fetched, dict)
    except ValueError as error:
        raise DamagedError(
            f"{layout.fetched} is damaged ({error}); delete it: the next run with --fetch reads "
            "every address anew"
        ) from error
