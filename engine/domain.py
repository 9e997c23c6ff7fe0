"""Values that every layer speaks in; this module imports nothing of the engine.

An `Article` is what was read, `Embeddings` are unit rows, `Neighbours` are what an
index answers, a `Clustering` says which rows belong together and a `Story` is what a
person is shown. Frozen results hold parallel arrays, not lists of objects.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from enum import Enum, StrEnum
from pathlib import PurePath
from typing import Any, NewType, TypeAlias

import numpy as np
import numpy.typing as npt

UNDETERMINED = "und"
"""Language code (ISO 639-2) of a text whose language is not known."""

LEAD_CHARACTERS = 1000
"""Characters of cleaned text that are embedded: the title and the start of the body.
See docs/decisions for the measurement against longer and shorter leads."""

TEXT_VERSION = 1
"""Raised whenever `embedding_text` changes, so that stored text hashes are renewed."""

Embeddings: TypeAlias = npt.NDArray[np.float32]
"""Float32, C order, shape (n_texts, dim); every row has length 1."""

Lengths: TypeAlias = npt.NDArray[np.int64]
"""Characters of texts as they were embedded, shape (n_texts,)."""

# All int64, but mypy refuses one where another is meant. Indexing and arithmetic give a plain
# array, which is given its name again where it is made.

Keys = NewType("Keys", npt.NDArray[np.int64])
"""Int64, shape (n,): integers from 1 by which the store knows articles; no value means none."""

Rows = NewType("Rows", npt.NDArray[np.int64])
"""Int64, any shape: row numbers of a generation or of a window, from 0; -1 means none."""

Seconds = NewType("Seconds", npt.NDArray[np.int64])
"""Int64, shape (n,): seconds since 1970 UTC; `UNDATED` means that the time is not known."""

UNDATED = int(np.iinfo(np.int64).min)
"""The smallest int64, in `Seconds`: the time is not known."""

Labels: TypeAlias = npt.NDArray[np.int64]
"""Int64, shape (n,): number of the cluster of each row; negative: a cluster of its own."""

Revisions = NewType("Revisions", npt.NDArray[np.int64])
"""Int64, shape (n,): for each article a number without unit or order, drawn from its content,
that changes whenever the article does; no value is special."""


def as_json(value: object) -> object:
    """Return `value` as what JSON can hold: times in ISO 8601, arrays and tuples as lists."""
    if isinstance(value, Value):
        return value.to_dict()
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: as_json(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): as_json(part) for name, part in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        return [as_json(part) for part in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.value
    return str(value) if isinstance(value, PurePath) else value


class Value:
    """A frozen result that can be written as JSON."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by name as JSON values, as the command line prints them."""
        return {field.name: as_json(getattr(self, field.name)) for field in fields(self)}  # type: ignore[arg-type]


SHOWN = 60
"""Characters of a text that stand for it where a program prints an article."""


@dataclass(frozen=True, slots=True)
class Article(Value):
    """One news article as it was read and cleaned.

    Attributes
    ----------
    id
        Given by the input, else derived from the canonical URL, else from the content.
    title, body
        Cleaned text; either may be empty, not both.
    language
        ISO 639-1 code, ISO 639-3 where there is none, or ``"und"``.
    source
        Outlet as the input names it, else the host of the URL, else empty.
    url
        Address as given, or empty.
    published
        Aware UTC time of publication, or None when not known.
    fetched
        Aware UTC time at which the engine read it.
    raw
        The body before cleaning where cleaning changed it, else empty.
    author
        Names of who wrote it, separated by commas, or empty; no part of what is embedded.
    """

    id: str
    title: str
    body: str
    language: str
    source: str
    url: str
    published: datetime | None
    fetched: datetime
    raw: str = ""
    author: str = ""

    def __post_init__(self) -> None:
        """Refuse times that are not aware UTC."""
        for name in ("published", "fetched"):
            moment = getattr(self, name)
            if moment is None or moment.tzinfo is UTC:  # as nearly all are
                continue
            if moment.utcoffset() != UTC.utcoffset(None):
                raise ValueError(f"{name} must be an aware UTC time, got {moment!r}")

    def __repr__(self) -> str:
        """Return what tells the article, without the whole of its text."""
        start = self.body[:SHOWN] + "…" * (len(self.body) > SHOWN)
        return (
            f"Article(id={self.id!r}, title={self.title!r}, body={start!r}, "
            f"language={self.language!r}, source={self.source!r}, published={self.published!r})"
        )

    def as_row(self) -> dict[str, str | datetime | None]:
        """Return the article by the names under which an ingest reads it again."""
        return {
            "id": self.id,
            "title": self.title,
            "text": self.body,
            "language": self.language,
            "source": self.source,
            "published_at": self.published,
            "fetched_at": self.fetched,
            "url": self.url,
            "author": self.author,
        }


class OriginKind(StrEnum):
    """Where the text of an article comes from."""

    ORIGINAL = "original"
    """The outlet's own, and its first in the story."""
    FOLLOW_UP = "follow-up"
    """The outlet's own, after another of its articles."""
    WIRE = "wire"
    """An agency's, as the article itself says."""
    COPY = "copy"
    """Word for word another outlet's."""
    EDITED = "edited copy"
    """Another outlet's, shortened, extended or changed here and there."""
    VERSION = "version"
    """The outlet's own text again."""


@dataclass(frozen=True, slots=True)
class Origin(Value):
    """Where the text of one article of a story comes from.

    Attributes
    ----------
    kind
        What it is.
    of
        Id of the article that it copies or follows up, or empty.
    agency
        News agency that the text, or the one that it copies, credits; or empty.
    outlet, host
        Whose article it is, as the base calls it, and where it lies; each may be empty.
    """

    kind: OriginKind
    of: str = ""
    agency: str = ""
    outlet: str = ""
    host: str = ""


@dataclass(frozen=True, slots=True)
class Reject(Value):
    """One input that could not become an article.

    Attributes
    ----------
    file
        Path as it was given, or ``"-"`` for standard input.
    line
        Line number from 1, or 0 when the whole file is meant.
    field
        Name of the offending field as it stands in the input, or empty.
    reason
        One sentence: what was found and what was expected.
    """

    file: str
    line: int
    field: str
    reason: str

    @property
    def place(self) -> str:
        """Where it stands, as ``feed.jsonl, line 3, published_at``."""
        line = f"line {self.line}" if self.line else ""
        return ", ".join(filter(None, (self.file, line, self.field)))


@dataclass(frozen=True, slots=True)
class EmptyInput(Reject):
    """An input with nothing in it to read, as a feed on a quiet day: said, and no failure."""


@dataclass(frozen=True, slots=True)
class EncoderSpec(Value):
    """Which encoder a base uses and how: everything that changes its vectors.

    Attributes
    ----------
    name
        ``"e5-small"`` (built in), ``"static"`` (distilled from it), ``"hashing"``, or the name
        or folder of a sentence-transformers model.
    prompt
        Text put before every input; None takes the encoder's own.
    max_tokens
        Longest input in tokens; None takes the encoder's own.
    precision
        Of a sentence-transformers model: ``"float32"``, ``"float16"``, ``"bfloat16"``, ``"int8"``,
        or ``"auto"``: what the base has, at first the fastest here.
    """

    name: str = "e5-small"
    prompt: str | None = None
    max_tokens: int | None = None
    precision: str = "auto"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The nearest rows of each query, best first.

    Attributes
    ----------
    rows
        Int64, shape (n_queries, k); -1 where there are fewer than k.
    cosines
        Float32, shape (n_queries, k); -inf where `rows` is -1.
    """

    rows: Rows
    cosines: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Clustering:
    """A partition of rows into stories.

    Attributes
    ----------
    labels
        Int64, shape (n,); a negative label means in no story with any other row.
    strengths
        Float32, shape (n,), in [0, 1]: how surely the row belongs to its story.
    """

    labels: npt.NDArray[np.int64]
    strengths: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Story(Value):
    """Coverage of one event.

    Attributes
    ----------
    id
        Stable name of the story.
    article_ids
        The medoid first, then by time.
    headline
        Of the medoid, as `engine.words.headlines` gives it.
    languages, sources
        Distinct, most frequent first.
    started, ended
        Publication times of the earliest and latest dated article, or None.
    cohesion
        Mean cosine of the articles to the medoid, in [-1, 1].
    keywords
        Terms that tell this story from its neighbours, best first.
    strengths
        Membership of each article of `article_ids`, in [0, 1].
    names
        People and places, best first, each in one spelling.
    origins
        Where the text of each article of `article_ids` comes from; empty in a story that was
        described before origins were kept.
    """

    id: str
    article_ids: tuple[str, ...]
    headline: str
    languages: tuple[str, ...]
    sources: tuple[str, ...]
    started: datetime | None
    ended: datetime | None
    cohesion: float
    keywords: tuple[str, ...]
    strengths: tuple[float, ...]
    names: tuple[str, ...] = ()
    origins: tuple[Origin, ...] = ()


def embedding_text(title: str, body: str, *, limit: int = LEAD_CHARACTERS) -> str:
    """Return the text that stands for an article: its title and the start of its body.

    Parameters
    ----------
    title, body
        Cleaned text.
    limit
        Most characters to return; cut at a word where there is one near the end.
    """
    text = body if not title or body.startswith(title) else f"{title}\n{body}"
    if len(text) <= limit:
        return text.strip()
    cut = text[:limit]
    space = cut.rfind(" ", limit - 40)
    return cut[: space if space > 0 else limit].strip()


def lengths_of(texts: Sequence[str]) -> Lengths:
    """Return the characters of each text."""
    return np.array([len(text) for text in texts], np.int64)


DIGEST_BYTES = 16
"""Of a `text_hash`."""


def text_hash(text: str) -> bytes:
    """Return the 16-byte BLAKE2b digest by which embeddings of `text` are cached."""
    encoded = text.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(encoded, digest_size=DIGEST_BYTES).digest()


def joined_digests(digests: Sequence[bytes]) -> npt.NDArray[np.uint8]:
    """Return digests of `DIGEST_BYTES` each, one after the other."""
    return np.frombuffer(b"".join(digests), np.uint8)


def split_digests(content: npt.NDArray[np.uint8]) -> list[bytes]:
    """Return the digests that `joined_digests` was given."""
    text = content.tobytes()
    return [text[at : at + DIGEST_BYTES] for at in range(0, len(text), DIGEST_BYTES)]
