"""The engine's verbs on one base: what `engine.open` returns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy.typing as npt

from engine.domain import Article, EncoderSpec, Reject, Story
from engine.evaluation.evaluate import evaluate
from engine.evaluation.scores import Evaluation
from engine.generations.upkeep import GenerationEntry, list_generations, prune, rollback
from engine.jobs.answers import PairLabel, add_answer
from engine.jobs.approve import approve_night
from engine.jobs.calibrate import CalibrationReport, calibrate, doubtful_pairs
from engine.jobs.clean import (
    NO_FURNITURE,
    CleanedArticle,
    clean_inputs,
    cut_lines,
    repeated_by_source,
    restore_lines,
)
from engine.jobs.cluster import ClusterReport, cluster
from engine.jobs.copying import export_base, import_base, rehearsal
from engine.jobs.correct import (
    Corrected,
    InForce,
    all_answers,
    correction_labels,
    corrections_in_force,
    merge_stories,
    move_article,
    pin_article,
    split_story,
    undo_correction,
)
from engine.jobs.explain import PairWhy, Why, why, why_pair
from engine.jobs.forget import Certificate, Selection, forget
from engine.jobs.history import (
    RunDifference,
    StoryHistory,
    day_counts,
    live_story,
    run_difference,
    story_history,
)
from engine.jobs.hits import Hit
from engine.jobs.ingest import IngestReport, ingest
from engine.jobs.intake import PLAIN, Intake, Source
from engine.jobs.iterate import (
    Neighbour,
    VectorBlock,
    iter_articles,
    iter_neighbours,
    iter_vectors,
    neighbours,
)
from engine.jobs.learnt import base_families
from engine.jobs.listing import ALL, StoryFilter, listed_stories
from engine.jobs.match import StoryMatch, match_stories
from engine.jobs.nightly import (
    KEPT_GENERATIONS,
    PUBLISHED,
    WINDOW,
    Changed,
    NightlyReport,
    nightly,
    tell_changes,
)
from engine.jobs.opened import OpenBase
from engine.jobs.own_vectors import add_vectors
from engine.jobs.owners import keep_owners, known_owners, likely_owners
from engine.jobs.query import Query
from engine.jobs.ranking import EVENT
from engine.jobs.rebuild import RebuildReport, rebuild
from engine.jobs.replay import STEP, ReplayReport, replay
from engine.jobs.search import Wanted, as_queries, find_similar, one_query
from engine.jobs.showing import ShownArticle, show_article
from engine.jobs.stages import OtherEvents, other_events
from engine.jobs.status import Status, status, verify_base
from engine.jobs.tables import What, to_arrow, write_table
from engine.origins.voices import Independence, independence
from engine.reports.briefing import Briefing, brief, brief_run
from engine.reports.news import NO_NEWS, News, news_of
from engine.store import ArticleFilter

if TYPE_CHECKING:
    import pyarrow as pa


class Base(OpenBase):
    """One base of articles.

    A base opens the live generation when it first reads and keeps it, so that all answers
    agree, until it writes itself or `refresh` is called. Many threads may use it at once.
    Use it as a context manager, or call `close`.

    Parameters
    ----------
    folder
        Where the base lies; made by the first ingest.
    setup
        What varies.

    Examples
    --------
    >>> import engine
    >>> with engine.open("indexes") as base:  # doctest: +SKIP
    ...     base.ingest("feeds/")
    ...     base.rebuild()
    ...     hits = base.similar("a soldier surrendered to a drone near Bakhmut")
    """

    # Taking in and building

    def ingest(
        self,
        source: Source,
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
    ) -> IngestReport:
        """Read, clean and store articles; see `engine.jobs.ingest.ingest`."""
        with self._writing("ingest", create=True) as writer:
            return ingest(writer, source, stdin=stdin, intake=intake)

    def clean(
        self,
        source: Source,
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
    ) -> Iterator[CleanedArticle | Reject]:
        """Yield what cleaning cuts; see `engine.jobs.clean.clean_inputs`."""
        self._expect_open()
        lines = NO_FURNITURE
        if self.layout.corpus.exists():
            lines = self.reader.corpus.furniture.by_source()
        return clean_inputs(source, stdin=stdin, intake=intake, furniture=lines, setup=self.setup)

    def repeated(self, source: str) -> list[str]:
        """Return lines that an outlet repeats; see `engine.jobs.clean`."""
        return repeated_by_source(self.reader.corpus, source)

    def cut_lines(self, source: str, lines: Sequence[str]) -> int:
        """Cut lines of an outlet; see `engine.jobs.clean.cut_lines`."""
        with self._writing("clean") as writer:
            return cut_lines(writer, source, lines)

    def restore_lines(self, source: str) -> int:
        """Put cut lines back; see `engine.jobs.clean.restore_lines`."""
        with self._writing("clean") as writer:
            return restore_lines(writer, source)

    def rebuild(
        self, *, spec: EncoderSpec | None = None, recall: float | None = None, mend: bool = False
    ) -> RebuildReport:
        """Embed what is new and publish; see `engine.jobs.rebuild.rebuild`."""
        self._expect_open()
        report = rebuild(self.layout, self.setup, spec=spec, recall=recall, mend=mend)
        self.refresh()
        return report

    def forget(self, selection: Selection) -> Certificate:
        """Delete articles for good; see `engine.jobs.forget.forget`."""
        with self._writing("forget") as writer:
            return forget(writer, selection)

    def add_vectors(self, ids: Sequence[str], vectors: npt.ArrayLike, *, fingerprint: str) -> int:
        """Keep vectors made elsewhere; see `engine.jobs.own_vectors.add_vectors`."""
        with self._writing("add vectors") as writer:
            return add_vectors(writer, ids, vectors, fingerprint=fingerprint)

    # Searching

    def query(
        self,
        text: str | None = None,
        *,
        id: str | None = None,  # noqa: A002 - as the command line says it
        file: Path | None = None,
        stdin: BinaryIO | None = None,
    ) -> Query:
        """Return what to search for, from one of these; see `engine.jobs.search.one_query`."""
        return one_query(self.reader, text, id_=id, file=file, stdin=stdin)

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
        """Return related articles, best first; see `engine.jobs.search.Wanted`."""
        wanted = Wanted(k, which, minimum, fold, mode)
        return find_similar(self.reader, as_queries(self.reader, [query]), wanted)[0]

    def similar_to_each(
        self,
        queries: Sequence[Query | str],
        *,
        k: int = 10,
        which: ArticleFilter | None = None,
        minimum: float | None = None,
        fold: bool = True,
        mode: str = EVENT,
    ) -> list[list[Hit]]:
        """Return the related articles of each query, as `similar` does, all at once.

        Texts are encoded together, found by one search, and judged together: for 50 questions
        a fraction of the time (``benchmarks/queries.py``).
        """
        wanted = Wanted(k, which, minimum, fold, mode)
        return find_similar(self.reader, as_queries(self.reader, queries), wanted)

    def match(self, query: Query | str) -> StoryMatch:
        """Return the story of the event of a text, or none; see `engine.jobs.match`."""
        return match_stories(self.reader, [query])[0]

    def why(self, query: Query, hits: Sequence[Hit]) -> list[Why]:
        """Explain each of `hits`; see `engine.jobs.explain.why`."""
        return why(self.reader, query, hits)

    def why_pair(self, first: str, second: str) -> PairWhy:
        """Explain two articles by their ids; see `engine.jobs.explain.why_pair`."""
        return why_pair(self.reader, first, second)

    def show(self, id: str) -> ShownArticle:  # noqa: A002 - as the command line says it
        """Return an article and what is known of it; see `engine.jobs.showing.show_article`."""
        return show_article(self.reader, id)

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles that exist among `ids`, by id."""
        return self.reader.articles(ids)

    def neighbours(self, id: str, k: int = 10) -> list[Neighbour]:  # noqa: A002 - as `query`
        """Return what is nearest to an article; see `engine.jobs.iterate.neighbours`."""
        return neighbours(self.reader, id, k)

    # Going through all of it, a block in memory at a time

    def iter_articles(self, which: ArticleFilter | None = None) -> Iterator[Article]:
        """Yield the indexed articles; see `engine.jobs.iterate.iter_articles`."""
        return iter_articles(self.reader, which)

    def iter_vectors(self, which: ArticleFilter | None = None) -> Iterator[VectorBlock]:
        """Yield ids and vectors in blocks; see `engine.jobs.iterate.iter_vectors`."""
        return iter_vectors(self.reader, which)

    def iter_neighbours(self, k: int = 10) -> Iterator[tuple[str, list[Neighbour]]]:
        """Yield each article's neighbours; see `engine.jobs.iterate.iter_neighbours`."""
        return iter_neighbours(self.reader, k)

    def to_arrow(self, what: What, *, vectors: bool = False, k: int = 10) -> pa.Table:
        """Return a table as Arrow's; see `engine.jobs.tables.to_arrow`."""
        return to_arrow(self.reader, what, vectors=vectors, k=k)

    def write_table(
        self, path: str | Path, what: What, *, vectors: bool = False, k: int = 10
    ) -> int:
        """Write a table as Parquet, Arrow or JSON lines; see `engine.jobs.tables.write_table`."""
        return write_table(self.reader, path, what, vectors=vectors, k=k)

    # Stories

    def cluster(
        self, *, window: timedelta | None = None, granularity: str | float | None = None
    ) -> ClusterReport:
        """Group articles into stories; see `engine.jobs.cluster.cluster`."""
        with self._writing("cluster") as writer:
            return cluster(writer, window=window, granularity=granularity)

    def nightly(
        self,
        source: Source = (),
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
        spec: EncoderSpec | None = None,
        window: timedelta = WINDOW,
        keep: int = KEPT_GENERATIONS,
        granularity: str | float | None = None,
        changed: Changed | None = None,
    ) -> NightlyReport:
        """Do the night's work in one run; see `engine.jobs.nightly.nightly`.

        `changed` is called with each event of the night once all is published; see
        `engine.jobs.nightly.tell_changes`.
        """
        with self._writing("nightly", create=True) as writer:
            report = nightly(
                writer,
                source,
                stdin=stdin,
                intake=intake,
                spec=spec,
                window=window,
                keep=keep,
                granularity=granularity,
            )
        if changed is not None:
            tell_changes(self.reader, report, changed)
        return report

    @contextmanager
    def rehearsal(self) -> Iterator[Base]:
        """Give a copy of this base to try things on; see `engine.jobs.copying`."""
        self._expect_open()
        with (
            rehearsal(self.layout, patience=self.setup.patience) as copy,
            Base(copy.root, self.setup) as base,
        ):
            yield base

    def briefing(self, report: NightlyReport | None = None) -> Briefing:
        """Return what to know of the live run, and what `report` adds to it."""
        return brief(self.reader, report)

    def briefing_of(self, run: int) -> Briefing:
        """Return what is still known of a past run; see `engine.reports.briefing.brief_run`."""
        return brief_run(self.reader, run)

    def news(self, report: NightlyReport) -> News:
        """Return what a night made of the stories; see `engine.reports.news.news_of`."""
        return news_of(self.reader, report.run) if report.outcome == PUBLISHED else NO_NEWS

    def stories(self, which: StoryFilter = ALL) -> list[Story]:
        """Return the stories of the live generation; see `engine.jobs.listing`."""
        return listed_stories(self.reader, which)

    def story(self, id: str) -> Story:  # noqa: A002 - as the command line says it
        """Return one story; see `engine.jobs.history.live_story`."""
        return live_story(self.reader, id)

    def independence(self, story: Story) -> Independence:
        """Return how many outlets really report `story`; see `engine.origins.voices`."""
        return independence(story, base_families(self.layout))

    def days(self, stories: Sequence[Story]) -> list[dict[str, int]]:
        """Return the articles a day of each story; see `engine.jobs.history`."""
        return day_counts(self.reader, stories)

    def other_events(self, story: Story) -> OtherEvents:
        """Return other stages of the matter of `story`; see `engine.jobs.stages`."""
        return other_events(self.reader, story)

    # What a person says of stories, and their past

    def history(self, story: str) -> StoryHistory:
        """Return the life of a story; see `engine.jobs.history.story_history`."""
        return story_history(self.reader, story)

    def difference(self, earlier: int, later: int) -> RunDifference:
        """Return what changed between two runs; see `engine.jobs.history.run_difference`."""
        return run_difference(self.reader, earlier, later)

    def merge(self, stories: Sequence[str]) -> Corrected:
        """Make one story of several; see `engine.jobs.correct.merge_stories`."""
        with self._writing("stories merge") as writer:
            return merge_stories(writer, stories)

    def split(self, story: str, articles: Sequence[str]) -> Corrected:
        """Take articles out of a story; see `engine.jobs.correct.split_story`."""
        with self._writing("stories split") as writer:
            return split_story(writer, story, articles)

    def move(self, article: str, story: str) -> Corrected:
        """Put an article into a story; see `engine.jobs.correct.move_article`."""
        with self._writing("stories move") as writer:
            return move_article(writer, article, story)

    def pin(self, article: str) -> Corrected:
        """Keep an article in its story; see `engine.jobs.correct.pin_article`."""
        with self._writing("stories pin") as writer:
            return pin_article(writer, article)

    def undo(self, run: int) -> Corrected:
        """Take back a correction; see `engine.jobs.correct.undo_correction`."""
        with self._writing("stories undo") as writer:
            return undo_correction(writer, run)

    def approve(self, run: int) -> Corrected:
        """Publish the stories of a held night; see `engine.jobs.approve.approve_night`."""
        with self._writing("approve") as writer:
            return approve_night(writer, run)

    def corrections(self) -> list[InForce]:
        """Return the corrections that are in force, oldest first."""
        return corrections_in_force(self.reader)

    def labels(self) -> list[PairLabel]:
        """Return the corrections as labelled pairs of articles."""
        return list(correction_labels(self.reader))

    def answers(self) -> list[PairLabel]:
        """Return what people said of pairs: the answers to `engine label`, then corrections."""
        return all_answers(self.reader)

    def answer(self, label: PairLabel) -> None:
        """Keep an answer to `engine label`, from which `calibrate` learns."""
        self._expect_open()
        add_answer(self.layout.answers, label)

    def calibrate(self, labels: Sequence[PairLabel] | None = None) -> CalibrationReport:
        """Learn from labels, or from all `answers`; see `engine.jobs.calibrate.calibrate`."""
        known = self.answers() if labels is None else labels
        with self._writing("calibrate") as writer:
            return calibrate(writer, known)

    def doubtful(self, n_pairs: int) -> Iterator[tuple[Article, Article]]:
        """Yield pairs worth judging, none that was; see `engine.jobs.calibrate.doubtful_pairs`."""
        return doubtful_pairs(self.reader, n_pairs, answered=self.answers())

    # Measuring

    def evaluate(
        self,
        gold: Path,
        *,
        spec: EncoderSpec | None = None,
        granularity: str | float = 0.0,
        peers: bool = True,
    ) -> Evaluation:
        """Score the engine on labelled articles; see `engine.evaluation.evaluate.evaluate`."""
        self._expect_open()
        return evaluate(
            gold,
            folder=self.layout.evaluations,
            setup=self.setup,
            spec=spec,
            granularity=granularity,
            peers=peers,
        )

    def replay(
        self,
        paths: str | Path | Sequence[str | Path],
        *,
        step: timedelta = STEP,
        window: timedelta = WINDOW,
        spec: EncoderSpec | None = None,
    ) -> ReplayReport:
        """Take articles in night by night elsewhere; see `engine.jobs.replay.replay`."""
        self._expect_open()
        return replay(self.layout, _several(paths), self.setup, step=step, window=window, spec=spec)

    # Keeping

    def status(self) -> Status:
        """Return what the base holds; see `engine.jobs.status.status`."""
        return status(self.reader)

    def sources(self) -> dict[str, int]:
        """Return the number of articles of each outlet, most first."""
        return self.reader.corpus.articles.counts_by_source()

    def owners(self) -> dict[str, str]:
        """Return the owner of every outlet of the base that has one; see `engine.jobs.owners`."""
        return known_owners(self.reader)

    def keep_owners(self, table: str, name: str = "the table") -> None:
        """Keep who owns which outlets; see `engine.jobs.owners.keep_owners`."""
        with self._locked("owners") as lock:
            keep_owners(lock, table, name)

    def learn_owners(self) -> dict[str, str]:
        """Return outlets that print each other's texts; see `engine.jobs.owners`."""
        return likely_owners(self.reader)

    def verify(self, *, full: bool = False) -> list[str]:
        """Return what is wrong, one sentence each; see `engine.jobs.status.verify_base`."""
        self._expect_open()
        return verify_base(self.layout, self.setup, full=full)

    def generations(self) -> list[GenerationEntry]:
        """Return all generations, oldest first."""
        self._expect_open()
        return list_generations(self.layout)

    def rollback(self, name: str | None = None) -> str:
        """Make an earlier generation live and return its name.

        The ledger goes back to the run that made its stories; see
        `engine.generations.upkeep.rollback`.
        """
        if not self.layout.corpus.exists():
            with self._locked("rollback") as lock:
                return rollback(lock, name).name
        with self._writing("rollback") as writer:
            writer.recover()
            generation = rollback(writer.lock, name)
            writer.recover()
            return generation.name

    def export(self, target: Path) -> str:
        """Write the base to one file; see `engine.jobs.copying.export_base`."""
        return export_base(self.reader.follow(), target)

    def import_from(self, source: Path) -> str:
        """Fill this base, which must be empty, from an exported file; return the generation."""
        with self._locked("import", create=True) as lock:
            return import_base(lock, source)

    def prune(self, *, keep: int) -> list[str]:
        """Delete old generations but the newest `keep`; return the names of the deleted."""
        with self._locked("prune") as lock:
            return prune(lock, keep=keep)


def _several(paths: str | Path | Sequence[str | Path]) -> Sequence[str | Path]:
    """Return the paths; a string is one path, not its letters."""
    return [paths] if isinstance(paths, str | Path) else paths
