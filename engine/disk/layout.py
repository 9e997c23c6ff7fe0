"""The names of all files of a base."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from engine.errors import InputError

SHARD_PREFIX = "embeddings-"

INDEX, INDEX_TAIL = "index.faiss", "index-tail.faiss"

STAGING_PREFIX = ".staging-"
"""Folders that begin so are unfinished or half removed; the next writer deletes them."""


PUSH_PREFIX = ".push-"
"""Folders that begin so hold what is being sent; the next push deletes them."""

REHEARSAL_PREFIX = ".rehearsal-"
"""Folders that begin so are copies to try things on; the next rehearsal deletes them."""


def cache_folder() -> Path:
    """Return where what any base can make again is kept: ``ENGINE_CACHE``, or the user's cache."""
    if given := os.environ.get("ENGINE_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "news-story-engine"


def older_log(log: Path) -> Path:
    """Return where the lines are that a log had before it was full."""
    return log.with_name(f"{log.stem}.1{log.suffix}")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything of one base lies.

    Attributes
    ----------
    root
        The folder of the base, by default ``indexes``.
    """

    root: Path

    @property
    def corpus(self) -> Path:
        """Articles, full text and cached embeddings: the only file changed in place."""
        return self.root / "corpus.sqlite"

    @property
    def current(self) -> Path:
        """One line: the name of the live generation; always replaced, never edited."""
        return self.root / "CURRENT"

    @property
    def lock(self) -> Path:
        """Locked by the one writer."""
        return self.root / ".lock"

    @property
    def lock_owner(self) -> Path:
        """JSON that says who holds the lock; only a note for people."""
        return self.root / ".lock.owner.json"

    @property
    def migration_lock(self) -> Path:
        """Locked by the one run that embeds with another encoder beside the nights."""
        return self.root / ".migration.lock"

    @property
    def migration_owner(self) -> Path:
        """JSON that says who holds that lock; only a note for people."""
        return self.root / ".migration.owner.json"

    @property
    def push_lock(self) -> Path:
        """Locked by the one run that sends to a remote."""
        return self.root / ".push.lock"

    @property
    def push_owner(self) -> Path:
        """JSON that says who holds that lock; only a note for people."""
        return self.root / ".push.owner.json"

    @property
    def remotes(self) -> Path:
        """JSON: what was last sent to or taken from each remote; not there before that."""
        return self.root / "remotes.json"

    @property
    def rejects(self) -> Path:
        """JSON lines: inputs that could not become articles, each once; see `older_log`."""
        return self.root / "rejects.jsonl"

    @property
    def fetched(self) -> Path:
        """JSON: what web addresses said of the age of what they gave."""
        return self.root / "fetched.json"

    @property
    def pair_model(self) -> Path:
        """JSON: what the base has learnt about pairs; not there until `engine calibrate`."""
        return self.root / "pair_model.json"

    @property
    def granularity(self) -> Path:
        """JSON: how fine or coarse stories are to be; not there until that is given or learnt."""
        return self.root / "granularity.json"

    @property
    def centring(self) -> Path:
        """JSON: means of languages of another base; not there until they are taken from one."""
        return self.root / "centring.json"

    @property
    def owners(self) -> Path:
        """JSON: the owner of each outlet; not there until `engine owners` is given some."""
        return self.root / "owners.json"

    @property
    def headlines(self) -> Path:
        """JSON: in which language headlines are wanted; not there until that is said."""
        return self.root / "headlines.json"

    @property
    def readings(self) -> Path:
        """Arrays: what the texts of the last window say; see `kept`."""
        return self.root / "readings.bin"

    @property
    def neighbours(self) -> Path:
        """Arrays: the nearest articles of those of the last window; see `kept`."""
        return self.root / "neighbours.bin"

    @property
    def leads(self) -> Path:
        """Arrays: words and names of the articles of the last window; see `kept`."""
        return self.root / "leads.bin"

    @property
    def texts(self) -> Path:
        """Arrays: what is compared of texts to find where they come from; see `kept`."""
        return self.root / "texts.bin"

    @property
    def kept(self) -> tuple[Path, ...]:
        """What a run leaves for the next one, which makes again what is missing."""
        return self.readings, self.neighbours, self.leads, self.texts

    @property
    def learnt(self) -> tuple[Path, ...]:
        """What a copy of the base takes along besides its articles; each may be missing."""
        return (
            self.pair_model,
            self.granularity,
            self.centring,
            self.headlines,
            self.owners,
            self.answers,
        )

    @property
    def answers(self) -> Path:
        """JSON lines: what a person answered to `engine label`."""
        return self.root / "labels.jsonl"

    @property
    def tokens(self) -> Path:
        """JSON: hashes of the tokens of `engine serve`; not there until one is added."""
        return self.root / "tokens.json"

    @property
    def watches(self) -> Path:
        """JSON: saved queries and what they were told; not there until one is added."""
        return self.root / "watches.json"

    @property
    def nightly_log(self) -> Path:
        """JSON lines: the steps of every nightly run; see `older_log`."""
        return self.root / "nightly.jsonl"

    @property
    def webhook_log(self) -> Path:
        """JSON lines: how telling other programs of each night ended; see `older_log`."""
        return self.root / "webhooks.jsonl"

    @property
    def evaluations(self) -> Path:
        """One base for each labelled file that was scored."""
        return self.root / "evaluations"

    @property
    def replays(self) -> Path:
        """What replays keep from one to the next: the embeddings that they made."""
        return self.root / "replays"

    @property
    def generations(self) -> Path:
        """One folder for each generation."""
        return self.root / "generations"

    def generation(self, name: str) -> GenerationLayout:
        """Return the names of the files of one generation."""
        return GenerationLayout(self.generations / name)


def base_layout(folder: str | Path) -> Layout:
    """Return the layout of the base in `folder`, which need not be there yet.

    Raises
    ------
    InputError
        There is a file at that place, or where a folder above it would be.
    """
    root = Path(folder)
    there = next(filter(os.path.exists, (root, *root.parents)), None)
    if there is not None and not os.path.isdir(there):  # noqa: PTH112 - quiet where it may not look
        raise InputError(f"{there} is a file; expected the folder of a base")
    return Layout(root)


@dataclass(frozen=True, slots=True)
class GenerationLayout:
    """Where the files of one generation lie; none changes once it is published.

    Attributes
    ----------
    folder
        ``<UTC time>-<hash of the manifest>``.
    """

    folder: Path

    @property
    def manifest(self) -> Path:
        """JSON: what the generation holds and how it was made; see `manifest`."""
        return self.folder / "manifest.json"

    @property
    def keys(self) -> Path:
        """Int64, (n_articles,), ascending: the store's key of each row."""
        return self.folder / "keys.npy"

    @property
    def published(self) -> Path:
        """Int64, (n_articles,): epoch seconds; the smallest int64 when not known."""
        return self.folder / "published.npy"

    @property
    def revisions(self) -> Path:
        """Int64, (n_articles,): changes whenever what the vector was made from does."""
        return self.folder / "revisions.npy"

    @property
    def places(self) -> Path:
        """Int64, (n_articles,): where the vector of each row is stored.

        Not there where that is the number of the row, as in a base without deletions.
        """
        return self.folder / "places.npy"

    @property
    def checksums(self) -> Path:
        """Uint32: CRC-32 of each run of `vectors.CHECKED_ROWS` stored vectors."""
        return self.folder / "checksums.npy"

    def shard(self, first: int) -> Path:
        """Float16, (n, dim): centred unit rows, stored from place `first` on."""
        return self.folder / f"{SHARD_PREFIX}{first:012d}.npy"

    @property
    def index(self) -> Path:
        """The index in FAISS's own format; it can be made again from the embeddings."""
        return self.folder / INDEX

    @property
    def index_tail(self) -> Path:
        """The same of what was stored after the index was written; not there before that."""
        return self.folder / INDEX_TAIL

    @property
    def truth(self) -> Path:
        """The nearest rows of a few, for audits; not there where all are compared each time."""
        return self.folder / "truth.npz"

    @property
    def sampled(self) -> Path:
        """Float16, (n, dim): vectors of `vectors.sampled_rows`; not there beside a flat index."""
        return self.folder / "sampled.npy"

    @property
    def centring(self) -> Path:
        """What queries need so that they are centred as the articles were."""
        return self.folder / "centring.npz"

    @property
    def stories(self) -> Path:
        """JSON lines: one story a line."""
        return self.folder / "stories.jsonl"
