"""What a base holds and whether it is sound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from engine.disk.layout import Layout
from engine.encoding import open_encoder
from engine.errors import DamagedError, EngineError, NotFoundError
from engine.generations.generation import open_live
from engine.generations.upkeep import GenerationEntry, disk_bytes, list_generations, verify
from engine.jobs.calibrate import base_model
from engine.jobs.clean import other_cleaner
from engine.jobs.granularity import base_granularity
from engine.reading.cleaning.cleaner import fingerprint
from engine.store import Corpus


def status(layout: Layout) -> dict[str, Any]:
    """Return what the base holds, as ``engine status --json`` prints it.

    Raises
    ------
    NotFoundError
        Nothing was ingested yet.
    """
    with Corpus(layout.corpus) as corpus:
        result: dict[str, Any] = {
            "indexes": str(layout.root),
            "n_articles": len(corpus.articles),
            "languages": corpus.articles.counts_by_language(),
            "corpus_bytes": layout.corpus.stat().st_size,
            "n_rejects": _lines(layout.rejects),
            "granularity": base_granularity(layout.root),
            "cleaner": corpus.cleaner(),
            "cleaner_is_current": corpus.cleaner() in {None, fingerprint()},
        }
        try:
            generation = open_live(layout)
        except NotFoundError:
            nothing: list[object] = []
            n_to_embed = len(corpus.articles)
            return result | {"generation": None, "n_to_embed": n_to_embed, "generations": nothing}
        manifest = generation.manifest
        missing = len(corpus.embeddings.missing(manifest.fingerprint))
    now = datetime.now(UTC)
    return result | {
        "generation": generation.name,
        "age_hours": _hours(now - manifest.created),
        "n_indexed": manifest.n_articles,
        "n_stories": manifest.n_stories,
        "run": manifest.run,
        "encoder": manifest.encoder.name,
        "fingerprint": manifest.fingerprint,
        "dim": manifest.dim,
        "index_kind": manifest.index_kind,
        "index_parameters": manifest.index_parameters,
        "recall": round(manifest.audit.recall, 4),
        "recall_wanted": manifest.audit.target,
        "n_deleted": manifest.n_stored - manifest.n_articles,
        "n_to_embed": missing,
        "n_generations": len(list_generations(layout)),
        "generations_bytes": disk_bytes(layout),
        "generations": [_entry(entry, now) for entry in list_generations(layout)],
    }


def _entry(entry: GenerationEntry, now: datetime) -> dict[str, Any]:
    manifest = entry.manifest
    return {
        "name": entry.name,
        "live": entry.live,
        "age_hours": None if manifest is None else _hours(now - manifest.created),
        "n_articles": None if manifest is None else manifest.n_articles,
        "n_stories": None if manifest is None else manifest.n_stories,
        "bytes": entry.n_bytes,
        "problem": entry.problem,
    }


def _hours(span: timedelta) -> float:
    return round(span.total_seconds() / 3600, 2)


def verify_base(layout: Layout) -> list[str]:
    """Return everything that is wrong with the base, one sentence each."""
    problems = []
    keys = None
    try:
        with Corpus(layout.corpus) as corpus:
            problems += [f"{layout.corpus}: {found}" for found in corpus.check()]
            keys = corpus.articles.keys()
            if (stored := corpus.cleaner()) not in {None, fingerprint()}:
                problems.append(other_cleaner(stored or ""))
    except EngineError as error:
        problems.append(str(error))
    problems += verify(layout)
    problems += _learnt_problems(layout)
    try:
        live = open_live(layout)
        manifest = live.manifest
        now = open_encoder(manifest.encoder).fingerprint
    except EngineError as error:
        if str(error) not in problems:
            problems.append(str(error))
        return problems
    if now != manifest.fingerprint:
        problems.append(
            f"the live generation was made with encoder {manifest.fingerprint}, "
            f"this engine has {now}; run 'engine rebuild'"
        )
    if keys is not None and (n_orphans := len(np.setdiff1d(live.keys, keys))):
        problems.append(
            f"{n_orphans} rows of generation {live.name} have no article in {layout.corpus}; "
            "run 'engine rebuild'"
        )
    return problems


def _learnt_problems(layout: Layout) -> list[str]:
    """Return what is wrong with what the base has learnt."""
    problems = []
    for read in (base_model, base_granularity):
        try:
            read(layout.root)
        except DamagedError as error:
            problems.append(str(error))
    return problems


def _lines(path: Path) -> int:
    if not path.exists():
        return 0
    with path.open("rb") as log:
        return sum(1 for _ in log)
