"""A base open for reading: a `Reader` holds one generation."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np

from engine.disk.layout import Layout
from engine.domain import Article, Embeddings, EncoderSpec, Keys, Rows, Story
from engine.errors import DamagedError, MismatchError, NotFoundError
from engine.generations.ahead import OpenedAhead
from engine.generations.generation import Generation, live_name, open_live
from engine.generations.stories_file import Stories, StoryHead
from engine.jobs.base.setup import SHIPPED, Setup
from engine.protocols import Closing, Encoder
from engine.store import ArticleFilter, Corpus

T = TypeVar("T")


class Reader(Closing):
    """A base open for reading: its articles, and one generation for as long as it is held.

    It takes no lock and writes nothing, and many threads may use it at once. Use as a
    context manager, or call `close`.

    Parameters
    ----------
    layout
        Where the base lies.
    corpus
        Its articles; closed with the reader.
    setup
        What varies.
    generation
        The generation to read; None opens the live one when it is first asked for.

    Raises
    ------
    NotFoundError
        Nothing was ingested yet; or, on first use of `generation`, nothing is published.
    DamagedError, MismatchError
        The corpus or the generation cannot be read.
    """

    def __init__(
        self,
        layout: Layout,
        corpus: Corpus,
        setup: Setup = SHIPPED,
        *,
        generation: Generation | None = None,
    ) -> None:
        self.layout = layout
        self.corpus = corpus
        self.setup = setup
        self._generation = generation
        self._before: Generation | None = None
        self._encoder: Encoder | None = None
        self._encodes: EncoderSpec | None = None
        self._made: dict[Callable[[Reader], Any], Any] = {}
        self._making: defaultdict[Callable[[Reader], Any], threading.RLock] = defaultdict(
            threading.RLock
        )
        self._lock = threading.RLock()
        self._encoding = threading.RLock()
        self._known_stories: Stories | None = None
        self._handed_on: dict[Callable[[], Any], Any] = {}

    @classmethod
    def open(
        cls, layout: Layout, setup: Setup = SHIPPED, *, ahead: OpenedAhead | None = None
    ) -> Reader:
        """Open the base in `layout`, with the generation that was opened `ahead` of it, if any."""
        corpus = Corpus(layout.corpus, read_only=True)
        return cls(layout, corpus, setup, generation=None if ahead is None else ahead.generation)

    @property
    def generation(self) -> Generation:
        """The generation that this reader holds."""
        held = self._generation
        if held is None:
            with self._lock:
                if self._generation is None:
                    self._generation = open_live(self.layout, self._before)
                    self._before = None
                held = self._generation
        return held

    @property
    def stories(self) -> Mapping[str, Story]:
        """The stories of the generation by id, in the order in which they were published."""
        return self.once(Reader._stories)

    @property
    def heads(self) -> Mapping[str, StoryHead]:
        """What is told of the same stories without their members, which takes less to read."""
        return self.once(Reader._stories).heads

    def _stories(self) -> Stories:
        found = self.generation.stories_by_id(self._known_stories)
        self._known_stories = None
        return found

    def _by_article(self) -> Mapping[str, Story]:
        return self.once(Reader._stories).by_article

    def story(self, id_: str) -> Story | None:
        """Return the story of the generation that an id leads to after all merges."""
        if id_ in self.stories:
            return self.stories[id_]
        return self.stories.get(self.corpus.history.survivor(id_, self.run))

    def story_of(self, id_: str) -> Story | None:
        """Return the story of the generation that an article is in, by the article's id."""
        return self.once(Reader._by_article).get(id_)

    @property
    def run(self) -> int:
        """Number of the run that made the stories; 0: none did."""
        return self.generation.manifest.run

    @property
    def encoder(self) -> Encoder:
        """The encoder of the generation.

        Raises
        ------
        EncoderError
            It cannot run here.
        MismatchError
            It makes other vectors than the generation holds.
        """
        manifest = self.generation.manifest
        with self._encoding:
            if self._encoder is None or self._encodes != manifest.encoder:
                self._encoder = self.setup.asking_encoder(manifest.encoder)
                self._encodes = manifest.encoder
            if (found := self._encoder.fingerprint) != manifest.fingerprint:
                raise MismatchError(
                    f"the generation was made with encoder {manifest.fingerprint}, this "
                    f"engine has {found}; run 'engine rebuild'"
                )
            return self._encoder

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Return one unit row for each text, not centred yet; one thread encodes at a time."""
        encoder = self.encoder
        with self._encoding:
            return encoder.encode(texts)

    def once(self, make: Callable[[Reader], T]) -> T:
        """Return ``make(self)``, made when it is first asked for and kept with the generation.

        Who asks while it is made waits for it, and not for what else is being made.
        """
        if make not in self._made:
            with self._lock:
                making = self._making[make]
            with making:
                if make not in self._made:
                    self._made[make] = make(self)
        found: T = self._made[make]
        return found

    def handed_on(self, make: Callable[[], T]) -> T:
        """Return what ``make()`` gave first, which the readers that follow this one have, too.

        It is for what is told by more than the generation, and says itself by what.
        """
        found: T = self._handed_on.setdefault(make, make())
        return found

    def rows(self, which: ArticleFilter | None) -> Rows | None:
        """Return the rows that pass, ascending; None: all do. Raises as `as_stored`."""
        if not which:
            return None
        from engine.jobs.base.filtering import as_stored  # imports what names languages

        found = self.generation.rows_of(self.corpus.articles.keys(as_stored(self.corpus, which)))
        return Rows(found[found >= 0])

    def rows_of(self, ids: Sequence[str]) -> Rows:
        """Return the row of each article, shape (n_ids,); -1 where it is not in the generation."""
        keys = self.corpus.articles.keys_of(ids)
        found = np.array([keys.get(id_, 0) for id_ in ids], np.int64)  # keys begin at 1
        return self.generation.rows_of(Keys(found))

    def rows_of_stories(self, stories: Sequence[Story]) -> list[Rows]:
        """Return the rows of the articles of each story that are in the generation."""
        rows = self.rows_of([id_ for story in stories for id_ in story.article_ids])
        ends = np.cumsum([len(story.article_ids) for story in stories])[:-1]
        return [Rows(own[own >= 0]) for own in np.split(rows, ends)] if stories else []

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles that exist among `ids`, by id."""
        return self.corpus.articles.by_ids(ids)

    def still_there(self, rows: Rows) -> tuple[Rows, list[Article]]:
        """Return those of `rows` of which the store still has the article, and the articles."""
        there, articles = self.corpus.articles.still_there(Keys(self.generation.keys[rows]))
        return Rows(rows[there]), articles

    def expect_forgotten(self, n_gone: int) -> None:
        """Check that articles of the generation that are gone from the store were forgotten.

        Raises
        ------
        DamagedError
            No run forgets articles, and none has since this reader opened its generation.
        """
        # In this order: a forgetting is finished once what it publishes is live.
        if not n_gone or self.corpus.forgotten.unfinished():
            return
        if self.generation.name == _live_name(self.layout):
            raise DamagedError(
                f"{n_gone} articles of generation {self.generation.name} are gone from "
                f"{self.corpus.path}; run 'engine ingest' on all inputs again, then "
                "'engine rebuild --mend'"
            )

    def follow(self) -> Reader:
        """Return a reader of what is live now: this one where nothing was published since."""
        with self._lock:
            held = self._generation
            if held is None or held.name == _live_name(self.layout):
                return self
            return self.renewed()

    def renewed(self) -> Reader:
        """Return another reader of what is live, and of what the base has learnt.

        Both share the open files, so closing one closes the other.
        """
        with self._lock:
            now = Reader(self.layout, self.corpus, self.setup)
            now._encoder, now._encodes = self._encoder, self._encodes
            now._encoding = self._encoding  # the encoder is the same
            now._handed_on = self._handed_on
            now._before = self._generation or self._before
            now._known_stories = self._made.get(Reader._stories, self._known_stories)
            return now

    def close(self) -> None:
        """Close the base; safe to call twice."""
        self.corpus.close()


def _live_name(layout: Layout) -> str:
    try:
        return live_name(layout)
    except (NotFoundError, DamagedError):
        return ""


def lost_run(layout: Layout, live: Generation) -> str:
    """Return what to say where the ledger does not know the run that made the live stories."""
    return (
        f"run {live.manifest.run}, which made generation {live.name}, is not in {layout.corpus}: "
        "what was last written to that file is gone; run 'engine ingest' on all inputs again, "
        "then 'engine nightly' or 'engine rebuild'"
    )
