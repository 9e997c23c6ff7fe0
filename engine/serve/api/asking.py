"""What several addresses of the API are asked with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, TypeAlias

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field

from engine.errors import InputError
from engine.jobs.base.filtering import as_moment
from engine.jobs.base.reader import Reader
from engine.jobs.querying.query import Query, stored_queries
from engine.jobs.querying.ranking import EVENT, MODES
from engine.jobs.querying.search import Wanted
from engine.store import ArticleFilter

MOST_HITS = 100
"""Hits of one question: some more than a person reads."""

MOST_TEXTS = 32
"""Texts of one request: what the encoder takes at once."""

MOST_CHARACTERS = 100_000
"""Of a text; an article has some thousands, and the first ones are embedded."""

MOST_FILTERED = 50
"""Languages or outlets of one filter."""

StoryId = Annotated[str, Path(min_length=1, max_length=200, description="Id of the story.")]
ArticleId = Annotated[str, Path(min_length=1, max_length=2000, description="Id of the article.")]
RunNumber = Annotated[int, Path(ge=1, le=2**53, description="Number of the run.")]

Text = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
Id = Annotated[str, Field(min_length=1, max_length=2000)]
Short = Annotated[str, Field(min_length=1, max_length=200)]


def moment(text: str | None) -> datetime | None:
    """Return the time that a text means, or None where there is none.

    Raises
    ------
    InputError
        It is no date or time.
    """
    return None if text is None else as_moment(text)


class ByText(BaseModel):
    """A text in any language."""

    model_config = ConfigDict(extra="forbid")

    text: Text = Field(examples=["A bridge collapsed after days of heavy rain"])


class ById(BaseModel):
    """The id of an article."""

    model_config = ConfigDict(extra="forbid")

    id: Id


Asked: TypeAlias = ByText | ById
"""What is asked about."""


class Either(BaseModel):
    """What is asked about, in an address: a text in any language, or the id of an article."""

    model_config = ConfigDict(extra="forbid")

    text: Text | None = Field(None, examples=["Een brug is ingestort na zware regen"])
    id: Id | None = None

    def asked(self) -> Asked:
        """Return which of both it is.

        Raises
        ------
        InputError
            Not exactly one is given.
        """
        if self.text is not None and self.id is None:
            return ByText(text=self.text)
        if self.id is not None and self.text is None:
            return ById(id=self.id)
        raise InputError("expected either a text or an id")


class Options(BaseModel):
    """Which hits are wanted, and in which order; see `engine.jobs.querying.search.Wanted`."""

    model_config = ConfigDict(extra="forbid")

    k: int = Field(10, ge=1, le=MOST_HITS, description="Most hits of a question.")
    since: Short | None = Field(None, description="Published then or later.", examples=["2023-02"])
    until: Short | None = Field(None, description="Published before.")
    languages: list[Short] = Field([], max_length=MOST_FILTERED, examples=[["nl", "Arabic"]])
    sources: list[Short] = Field([], max_length=MOST_FILTERED, description="Outlets.")
    minimum: float | None = Field(None, ge=-1, le=1, description="Least cosine.")
    fold: bool = Field(True, description="Put near-duplicates under the better hit.")
    mode: str = Field(EVENT, json_schema_extra={"enum": list(MODES)})

    def wanted(self) -> Wanted:
        """Return it as the engine takes it.

        Raises
        ------
        InputError
            A time is none, or there is no such mode.
        """
        which = ArticleFilter(
            moment(self.since), moment(self.until), tuple(self.languages), tuple(self.sources)
        )
        return Wanted(self.k, which, self.minimum, self.fold, self.mode)


class Question(Either, Options):
    """One question in the address."""


def questions(reader: Reader, asked: Sequence[Asked]) -> list[Query | str]:
    """Return what is asked for, articles as queries.

    Raises
    ------
    NotFoundError
        There is no such article, or it is not indexed yet.
    """
    ids = [one.id for one in asked if isinstance(one, ById)]
    stored = iter(stored_queries(reader, ids) if ids else ())
    return [next(stored) if isinstance(one, ById) else one.text for one in asked]
