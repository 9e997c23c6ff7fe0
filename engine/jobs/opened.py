"""What is kept open of a base while it is read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from engine.disk.layout import Layout
from engine.domain import Article
from engine.encoding import open_encoder
from engine.generations.generation import Generation, open_live
from engine.protocols import Encoder, Progress, silent
from engine.store import Corpus


class OpenedBase:
    """The live generation, its encoder and the articles, each opened when first used.

    Parameters
    ----------
    folder
        Where the base lies.
    progress
        Called as long work goes on.
    """

    def __init__(self, folder: str | Path, *, progress: Progress = silent) -> None:
        self.layout = Layout(Path(folder))
        self._progress = progress

    @cached_property
    def generation(self) -> Generation:
        """The generation that this base reads from."""
        return open_live(self.layout)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder of the generation."""
        return open_encoder(self.generation.manifest.encoder)

    @cached_property
    def corpus(self) -> Corpus:
        """The articles."""
        return Corpus(self.layout.corpus)

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles that exist among `ids`, by id."""
        keys = self.corpus.articles.keys_of(ids)
        found = self.corpus.articles.by_keys(list(keys.values()))
        return {id_: found[key] for id_, key in keys.items()}

    def refresh(self) -> None:
        """Read from the generation that is live now."""
        for name in ("generation", "encoder"):
            self.__dict__.pop(name, None)

    def close(self) -> None:
        """Close the corpus; safe to call twice."""
        corpus = self.__dict__.pop("corpus", None)
        if corpus is not None:
            corpus.close()

    def __enter__(self) -> Self:
        """Return the base itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the corpus."""
        self.close()
