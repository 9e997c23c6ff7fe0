"""What is clustered together: the articles of one window as parallel arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from engine.domain import LEAD_CHARACTERS, Article, Embeddings, Rows, text_hash
from engine.errors import InputError

SECONDS_OF_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Window:
    """Articles as parallel arrays; row i of each is the same article.

    Attributes
    ----------
    titles, bodies
        Cleaned texts; a body or a title may be empty, not both.
    languages
        ISO 639-1 codes, or ``"und"``.
    sources
        Outlets; empty where not known.
    published
        Float64, shape (n,): seconds since 1970 UTC, NaN where not known.
    vectors
        Float32, shape (n, dim): unit rows, centred per language.

    Raises
    ------
    InputError
        When the parts differ in length.
    """

    titles: Sequence[str]
    bodies: Sequence[str]
    languages: Sequence[str]
    sources: Sequence[str]
    published: npt.NDArray[np.float64]
    vectors: Embeddings

    def __post_init__(self) -> None:
        """Refuse parts that do not describe the same articles."""
        parts = ("titles", "bodies", "languages", "sources", "published", "vectors")
        lengths = {name: len(getattr(self, name)) for name in parts}
        if len(set(lengths.values())) > 1:
            raise InputError(
                f"the parts of a window differ in length: {lengths}; each needs one row an article"
            )

    def __len__(self) -> int:
        """Return the number of articles."""
        return len(self.titles)

    def lead(self, row: int) -> str:
        """Return the start of an article: its title, a line end, and as much as is embedded."""
        return f"{self.titles[row]}\n{self.bodies[row]}"[:LEAD_CHARACTERS]

    def without_vectors(self) -> Window:
        """Return the same articles with vectors of no numbers, (n, 0), for who needs none."""
        return replace(self, vectors=np.empty((len(self), 0), np.float32))

    def take(self, rows: Rows) -> Window:
        """Return the window of `rows`, in that order."""
        picked = rows.tolist()
        return Window(
            titles=[self.titles[row] for row in picked],
            bodies=[self.bodies[row] for row in picked],
            languages=[self.languages[row] for row in picked],
            sources=[self.sources[row] for row in picked],
            published=self.published[rows],
            vectors=self.vectors[rows],
        )


def article_window(articles: Sequence[Article], vectors: Embeddings) -> Window:
    """Return `articles` as the parallel arrays that clustering works on."""
    return Window(
        titles=[article.title for article in articles],
        bodies=[article.body for article in articles],
        languages=[article.language for article in articles],
        sources=[article.source for article in articles],
        published=np.array(
            [
                np.nan if article.published is None else article.published.timestamp()
                for article in articles
            ],
            np.float64,
        ),
        vectors=vectors,
    )


def content_key(window: Window, row: int) -> bytes:
    """Return a digest of all that an article is but its vector."""
    parts = (
        window.titles[row],
        window.bodies[row],
        window.sources[row],
        window.languages[row],
        str(float(window.published[row])),
    )
    return text_hash("\x1f".join(parts))


def canonical_order(contents: Sequence[bytes]) -> Rows:
    """Return rows sorted by `content_key`, so that results do not depend on their order.

    Rows that agree in every part are interchangeable, so their order does not matter.
    """
    return Rows(np.array(sorted(range(len(contents)), key=contents.__getitem__), dtype=np.int64))
