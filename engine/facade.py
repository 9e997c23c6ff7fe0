"""The engine's verbs on one base: what `engine.open` returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from engine.domain import EncoderSpec, Reject, Story
from engine.errors import InputError, NotFoundError
from engine.evaluation import evaluate as evaluation
from engine.generations.archive import import_archive
from engine.generations.upkeep import GenerationEntry, list_generations, prune
from engine.jobs import cluster as clustering
from engine.jobs import forget as forgetting
from engine.jobs import ingest as ingesting
from engine.jobs import nightly as night
from engine.jobs import rebuild as rebuilding
from engine.jobs import repetition
from engine.jobs import replay as replaying
from engine.jobs import search as searching
from engine.jobs import status as stating
from engine.jobs.clean import NO_FURNITURE, CleanedArticle, clean_inputs
from engine.jobs.desk import Desk
from engine.jobs.explain import PairWhy, Why, why, why_pair
from engine.jobs.export import export_base
from engine.jobs.forget import Selection
from engine.jobs.intake import PLAIN, Intake
from engine.jobs.matters import OtherEvents, other_events
from engine.jobs.opened import OpenedBase
from engine.jobs.query import Query, query_article
from engine.jobs.ranking import EVENT
from engine.jobs.rehearsal import rehearsal
from engine.jobs.search import Hit
from engine.jobs.settling import go_back
from engine.jobs.timeline import day_counts
from engine.reports.briefing import Briefing, brief
from engine.store import ArticleFilter


class Base(OpenedBase):
    """One base of articles.

    A base opens the live generation when it first reads and keeps it, so that all answers
    agree, until it writes itself or `refresh` is called. Use it as a context manager, or
    call `close`.

    Parameters
    ----------
    folder
        Where the base lies; made by the first ingest.
    progress
        Called as long work goes on.

    Examples
    --------
    >>> import engine
    >>> with engine.open("indexes") as base:  # doctest: +SKIP
    ...     base.ingest(["feeds/"])
    ...     base.rebuild()
    ...     hits = base.similar("a soldier surrendered to a drone near Bakhmut")
    """

    def ingest(
        self,
        paths: Sequence[str | Path],
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
    ) -> ingesting.IngestReport:
        """Read, clean and store articles; see `engine.jobs.ingest.ingest`."""
        return ingesting.ingest(
            self.layout, paths, stdin=stdin, intake=intake, progress=self._progress
        )

    def clean(
        self,
        paths: Sequence[str | Path],
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
    ) -> Iterator[CleanedArticle | Reject]:
        """Yield what cleaning cuts; see `engine.jobs.clean.clean_inputs`."""
        lines = self.corpus.furniture.by_source() if self.layout.corpus.exists() else NO_FURNITURE
        return clean_inputs(
            paths, stdin=stdin, intake=intake, furniture=lines, progress=self._progress
        )

    def repeated(self, source: str) -> list[str]:
        """Return lines that an outlet repeats; see `engine.jobs.repetition`."""
        return repetition.repeated_by_source(self.corpus, source)

    def cut_lines(self, source: str, lines: Sequence[str]) -> int:
        """Cut lines of an outlet; see `engine.jobs.repetition.cut_lines`."""
        return repetition.cut_lines(self.layout, source, lines)

    def restore_lines(self, source: str) -> int:
        """Put cut lines back; see `engine.jobs.repetition.restore_lines`."""
        return repetition.restore_lines(self.layout, source)

    def rebuild(
        self, *, spec: EncoderSpec | None = None, recall: float | None = None
    ) -> rebuilding.RebuildReport:
        """Embed what is new and publish; see `engine.jobs.rebuild.rebuild`."""
        report = rebuilding.rebuild(self.layout, spec=spec, recall=recall, progress=self._progress)
        self.refresh()
        return report

    def cluster(
        self, *, window: timedelta | None = None, granularity: str | float | None = None
    ) -> clustering.ClusterReport:
        """Group articles into stories; see `engine.jobs.cluster.cluster`."""
        report = clustering.cluster(
            self.layout, window=window, granularity=granularity, progress=self._progress
        )
        self.refresh()
        return report

    def nightly(
        self,
        paths: Sequence[str | Path] = (),
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
        spec: EncoderSpec | None = None,
        window: timedelta = night.WINDOW,
        keep: int = night.KEPT_GENERATIONS,
        granularity: str | float | None = None,
    ) -> night.NightlyReport:
        """Do the night's work in one run; see `engine.jobs.nightly.nightly`."""
        report = night.nightly(
            self.layout,
            paths,
            stdin=stdin,
            intake=intake,
            spec=spec,
            window=window,
            keep=keep,
            granularity=granularity,
            progress=self._progress,
        )
        self.refresh()
        return report

    @contextmanager
    def rehearsal(self) -> Iterator[Base]:
        """Give a copy of this base to try things on; see `engine.jobs.rehearsal`."""
        with rehearsal(self.layout) as copy, Base(copy.root, progress=self._progress) as base:
            yield base

    def briefing(self, report: night.NightlyReport | None = None) -> Briefing:
        """Return what to know of the live run, and what `report` adds to it."""
        run = self.corpus.history.run(report.run) if report is not None else None
        held = run if run is not None and run.state == "held" else None
        ingested = None if report is None else report.ingested
        return brief(self.corpus, self.generation, ingested=ingested, held=held)

    def replay(
        self,
        paths: Sequence[str | Path],
        *,
        step: timedelta = replaying.STEP,
        window: timedelta = night.WINDOW,
        spec: EncoderSpec | None = None,
    ) -> dict[str, Any]:
        """Take articles in night by night elsewhere; see `engine.jobs.replay.replay`."""
        folder = self.layout.root / "replays"
        return replaying.replay(
            paths, folder=folder, step=step, window=window, spec=spec, progress=self._progress
        )

    def query(
        self,
        text: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - as the command line says it
        file: Path | None = None,
    ) -> Query:
        """Return what to search for, from a text, a stored article or a file.

        Raises
        ------
        InputError
            Not exactly one of the three is given, or nothing is left after cleaning.
        NotFoundError
            No such article is indexed.
        """
        if sum(value is not None for value in (text, id, file)) != 1:
            raise InputError("expected exactly one of a text, an id and a file to search for")
        if id is not None:
            return searching.stored_query(id, self.corpus, self.generation)
        article = query_article(text, file, fetched=datetime.now(UTC).replace(microsecond=0))
        return searching.embed_query(article, self.encoder, self.generation)

    def similar(
        self,
        query: Query | str,
        *,
        k: int = 10,
        which: ArticleFilter | None = None,
        minimum: float | None = None,
        fold: bool = True,
        mode: str = EVENT,
    ) -> list[Hit]:
        """Return related articles, best first; see `querying.similar.find_similar`."""
        if isinstance(query, str):
            query = self.query(query)
        return searching.find_similar(
            query,
            self.corpus,
            self.generation,
            k=k,
            which=which,
            minimum=minimum,
            fold=fold,
            mode=mode,
        )

    def why(self, query: Query, hits: Sequence[Hit]) -> list[Why]:
        """Explain each of `hits`; see `engine.jobs.explain.why`."""
        return why(query, hits, self.encoder, self.corpus, self.generation)

    def why_pair(self, first: str, second: str) -> PairWhy:
        """Explain two articles by their ids; see `engine.jobs.explain.why_pair`."""
        return why_pair(first, second, self.encoder, self.corpus, self.generation)

    def stories(self) -> list[Story]:
        """Return the stories of the live generation, largest first."""
        return self.generation.stories()

    def story(self, id: str) -> Story:  # noqa: A002 - as the command line says it
        """Return one story; the id of one that was merged leads to the survivor.

        Raises
        ------
        NotFoundError
            The live generation has no story of that id.
        """
        survivor = self.corpus.history.survivor(id, self.generation.manifest.run)
        for story in self.stories():
            if story.id == survivor:
                return story
        raise NotFoundError(f"there is no story with id {id!r}; see 'engine stories list'")

    def days(self, stories: Sequence[Story]) -> list[dict[str, int]]:
        """Return the articles a day of each story; see `engine.jobs.timeline`."""
        return day_counts(stories, self.corpus, self.generation)

    def other_events(self, story: Story) -> OtherEvents:
        """Return other stages of the matter of `story`; see `engine.jobs.matters`."""
        return other_events(story, self.stories(), self.corpus, self.generation)

    def forget(self, selection: Selection) -> dict[str, Any]:
        """Delete articles for good; see `engine.jobs.forget.forget`."""
        certificate = forgetting.forget(self.layout, selection, progress=self._progress)
        self.refresh()
        return certificate

    def evaluate(
        self,
        gold: Path,
        *,
        spec: EncoderSpec | None = None,
        granularity: str | float = 0.0,
        peers: bool = True,
    ) -> dict[str, Any]:
        """Score the engine on labelled articles; see `evaluation.evaluate.evaluate`."""
        folder = self.layout.root / "evaluations"
        return evaluation.evaluate(
            gold,
            folder=folder,
            spec=spec,
            granularity=granularity,
            peers=peers,
            progress=self._progress,
        )

    def status(self) -> dict[str, Any]:
        """Return what the base holds; see `engine.jobs.status.status`."""
        return stating.status(self.layout)

    def verify(self) -> list[str]:
        """Read everything through; return what is wrong, one sentence each."""
        return stating.verify_base(self.layout)

    def generations(self) -> list[GenerationEntry]:
        """Return all generations, oldest first."""
        return list_generations(self.layout)

    def rollback(self, name: str | None = None) -> str:
        """Make an earlier generation live and return its name."""
        generation = go_back(self.layout, name)
        self.refresh()
        return generation.name

    def export(self, target: Path) -> str:
        """Write the base to one file; see `engine.jobs.export.export_base`."""
        return export_base(self.layout, target)

    def import_from(self, source: Path) -> str:
        """Fill this base, which must be empty, from an exported file; return the generation."""
        generation = import_archive(self.layout, source)
        self.refresh()
        return generation.name

    def prune(self, *, keep: int) -> list[str]:
        """Delete old generations but the newest `keep`; return the names of the deleted."""
        return prune(self.layout, keep=keep)

    @property
    def desk(self) -> Desk:
        """The past of the stories, and corrections."""
        return Desk(self.layout, changed=self.refresh)
