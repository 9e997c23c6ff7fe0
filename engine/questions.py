"""The verbs that ask something of a base and change nothing in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from engine.arguments import checked_methods, expect_count
from engine.claims.comparing import Difference
from engine.coverage.figures import EVERYTHING, Coverage, Span
from engine.domain import Article, Reject, Story
from engine.generations.upkeep import GenerationEntry, list_generations
from engine.jobs.base.copying import export_base
from engine.jobs.base.filtering import as_code
from engine.jobs.clustering.calibrate import doubtful_pairs
from engine.jobs.clustering.correct import (
    InForce,
    all_answers,
    correction_labels,
    corrections_in_force,
)
from engine.jobs.lookup.alerts import BreakingStory, breaking
from engine.jobs.lookup.answers import PairLabel
from engine.jobs.lookup.differ import disagreements
from engine.jobs.lookup.headlines import told_in
from engine.jobs.lookup.history import (
    RunDifference,
    StoryHistory,
    day_counts,
    live_story,
    run_difference,
    story_history,
)
from engine.jobs.lookup.learnt import base_families, headline_language
from engine.jobs.lookup.listing import ALL, StoryFilter, listed_stories
from engine.jobs.lookup.outlines import StoryOutline, outlines
from engine.jobs.lookup.owners import known_owners, likely_owners
from engine.jobs.lookup.watches import Watch, kept_watch, kept_watches
from engine.jobs.nights.nightly import PUBLISHED, NightlyReport
from engine.jobs.querying.explain import PairWhy, why_pair
from engine.jobs.querying.showing import ShownArticle, show_article
from engine.jobs.storing.clean import (
    NO_FURNITURE,
    CleanedArticle,
    clean_inputs,
    repeated_by_source,
)
from engine.jobs.storing.intake import PLAIN, Intake, Source
from engine.jobs.telling.coverage import coverage
from engine.jobs.telling.iterate import (
    Neighbour,
    VectorBlock,
    iter_articles,
    iter_neighbours,
    iter_vectors,
    neighbours,
)
from engine.jobs.telling.matters import Matter, MatterTimeline, matter_timeline, matters
from engine.jobs.telling.other_stages import OtherEvents, other_events
from engine.jobs.telling.status import Status, status, verify_base
from engine.jobs.telling.summarise import SENTENCES, Summary, summarise
from engine.jobs.telling.tables import What, to_arrow, write_table
from engine.origins.voices import Independence, independence
from engine.reports.briefing import WHOLE, Briefing, Sections, brief, brief_run
from engine.reports.coverage_files import write_coverage
from engine.reports.coverage_tables import coverage_table
from engine.reports.exports import write_graph, write_map, write_story
from engine.reports.news import NO_NEWS, News, news_of
from engine.reports.telling import new_to_watches
from engine.reports.watch_news import WatchNews, past
from engine.searching import Searching
from engine.store import ArticleFilter

if TYPE_CHECKING:
    import pyarrow as pa


@checked_methods
class Questions(Searching):
    """What can be asked of an open base; `engine.facade.Base` can also change it.

    Parameters
    ----------
    folder
        Where the base lies.
    setup
        What varies.
    """

    # Taking in and building

    def clean(
        self,
        source: Source,
        *,
        stdin: BinaryIO | None = None,
        intake: Intake = PLAIN,
    ) -> Iterator[CleanedArticle | Reject]:
        """Yield what cleaning cuts; see `engine.jobs.storing.clean.clean_inputs`."""
        self._expect_open()
        lines = NO_FURNITURE
        if self.layout.corpus.exists():
            lines = self.reader.corpus.furniture.by_source()
        return clean_inputs(source, stdin=stdin, intake=intake, furniture=lines, setup=self.setup)

    def repeated(self, source: str) -> list[str]:
        """Return lines that an outlet repeats; see `engine.jobs.storing.clean`."""
        return repeated_by_source(self.reader.corpus, source)

    # Articles

    def why_pair(self, first: str, second: str) -> PairWhy:
        """Explain two articles by their ids; see `engine.jobs.querying.explain.why_pair`."""
        return why_pair(self.reader, first, second)

    def show(self, id: str) -> ShownArticle:  # noqa: A002 - as the command line says it
        """Return an article and what is known of it; see `engine.jobs.querying.showing`."""
        return show_article(self.reader, id)

    def articles(self, ids: Sequence[str]) -> dict[str, Article]:
        """Return the articles that exist among `ids`, by id."""
        return self.reader.articles(ids)

    def neighbours(self, id: str, k: int = 10) -> list[Neighbour]:  # noqa: A002 - as `query`
        """Return what is nearest to an article; see `engine.jobs.telling.iterate.neighbours`."""
        return neighbours(self.reader, id, k)

    # Going through all of it, a block in memory at a time

    def iter_articles(self, which: ArticleFilter | None = None) -> Iterator[Article]:
        """Yield the indexed articles; see `engine.jobs.telling.iterate.iter_articles`."""
        return iter_articles(self.reader, which)

    def iter_vectors(self, which: ArticleFilter | None = None) -> Iterator[VectorBlock]:
        """Yield ids and vectors in blocks; see `engine.jobs.telling.iterate.iter_vectors`."""
        return iter_vectors(self.reader, which)

    def iter_neighbours(
        self, k: int = 10, which: ArticleFilter | None = None
    ) -> Iterator[tuple[str, list[Neighbour]]]:
        """Yield each article's neighbours; see `engine.jobs.telling.iterate.iter_neighbours`."""
        return iter_neighbours(self.reader, k, which)

    def to_arrow(self, what: What, *, vectors: bool = False, k: int = 10) -> pa.Table:
        """Return a table as Arrow's; see `engine.jobs.telling.tables.to_arrow`."""
        return to_arrow(self.reader, what, vectors=vectors, k=k)

    def write_table(
        self, path: str | Path, what: What, *, vectors: bool = False, k: int = 10
    ) -> int:
        """Write a table, as Parquet or CSV for one; see `engine.jobs.telling.tables`."""
        return write_table(self.reader, path, what, vectors=vectors, k=k)

    def write_story(self, path: str | Path, id: str, *, summary: bool = True) -> None:  # noqa: A002 - as `story`
        """Write a story as a page, RIS or BibTeX; see `engine.reports.exports.write_story`."""
        write_story(self.reader, path, id, summary=summary)

    def write_graph(
        self, path: str | Path, which: ArticleFilter | None = None, k: int = 10
    ) -> None:
        """Write the graph of neighbours; see `engine.reports.exports.write_graph`."""
        write_graph(self.reader, path, which, k)

    def write_map(self, path: str | Path, which: ArticleFilter | None = None) -> None:
        """Write a map of articles as a page; see `engine.reports.exports.write_map`."""
        write_map(self.reader, path, which)

    # Stories

    def briefing(self, report: NightlyReport | None = None, sections: Sections = WHOLE) -> Briefing:
        """Return what to know of the live run, and what `report` adds to it."""
        return brief(self.reader, report, sections)

    def briefing_of(self, run: int, sections: Sections = WHOLE) -> Briefing:
        """Return what is still known of a past run; see `engine.reports.briefing.brief_run`."""
        return brief_run(self.reader, run, sections)

    def stories(self, which: StoryFilter = ALL) -> list[Story]:
        """Return the stories of the live generation; see `engine.jobs.lookup.listing`."""
        return self.told(listed_stories(self.reader, which))

    def outlines(self, which: StoryFilter = ALL) -> list[StoryOutline]:
        """Return the stories without their articles; see `engine.jobs.lookup.outlines`."""
        return outlines(self.reader, listed_stories(self.reader, which))

    def story(self, id: str) -> Story:  # noqa: A002 - as the command line says it
        """Return one story; see `engine.jobs.lookup.history.live_story`."""
        return self.told([live_story(self.reader, id)])[0]

    def news(self, report: NightlyReport) -> News:
        """Return what a night made of the stories; see `engine.reports.news.news_of`."""
        return news_of(self.reader, report.run) if report.outcome == PUBLISHED else NO_NEWS

    def breaking(
        self, *, since: datetime | None = None, run: int | None = None
    ) -> list[BreakingStory]:
        """Return alerts of stories that grow fast; see `engine.jobs.lookup.alerts.breaking`."""
        return breaking(self.reader, since=since, run=run)

    def told(self, stories: Sequence[Story], language: str | None = None) -> list[Story]:
        """Return stories with headlines in a language, or in that of the base.

        See `engine.jobs.lookup.headlines.told_in`; the language is said as `--lang` takes it.
        """
        corpus = self.reader.corpus
        code = self.headline_language if language is None else as_code(corpus, language)
        return told_in(corpus, stories, code)

    @property
    def headline_language(self) -> str:
        """Code of the language in which headlines are wanted; empty: as they come."""
        return headline_language(self.layout)

    def independence(self, story: Story) -> Independence:
        """Return how many outlets really report `story`; see `engine.origins.voices`."""
        return independence(story, base_families(self.layout))

    def summary(self, story: Story, *, language: str = "", n_sentences: int = SENTENCES) -> Summary:
        """Return a story in sentences of its articles; see `engine.jobs.telling.summarise`."""
        expect_count(n_sentences=n_sentences)
        return summarise(self.reader, story, language=language, n_sentences=n_sentences)

    def disagreements(self, story: Story) -> list[Difference]:
        """Return what outlets state differently; see `engine.jobs.lookup.differ.disagreements`."""
        return disagreements(self.reader, story)

    def days(self, stories: Sequence[Story]) -> list[dict[str, int]]:
        """Return the articles a day of each story; see `engine.jobs.lookup.history`."""
        return day_counts(self.reader, stories)

    def other_events(self, story: Story) -> OtherEvents:
        """Return other stages of the matter of `story`; see `engine.jobs.telling.other_stages`."""
        return other_events(self.reader, story)

    # All stories together

    def coverage(self, span: Span = EVERYTHING) -> Coverage:
        """Return who leads, who lags and what is missed; see `engine.jobs.telling.coverage`."""
        return coverage(self.reader, span)

    def coverage_table(self, found: Coverage, table: str) -> pa.Table:
        """Return a table of `coverage` as Arrow's; see `engine.reports.coverage_tables`."""
        return coverage_table(found, table)

    def write_coverage(self, found: Coverage, folder: str | Path) -> list[Path]:
        """Write tables and plots of `coverage`; see `engine.reports.coverage_files`."""
        return write_coverage(found, folder)

    def matters(self, language: str = "") -> list[Matter]:
        """Return the long matters; see `engine.jobs.telling.matters.matters`."""
        return matters(self.reader, language)

    def matter(self, id: str, *, language: str = "", sentences: bool = True) -> MatterTimeline:  # noqa: A002 - as `story`
        """Return a matter stage by stage; see `engine.jobs.telling.matters.matter_timeline`."""
        return matter_timeline(self.reader, id, language=language, sentences=sentences)

    # Watches

    def watches(self) -> list[Watch]:
        """Return the saved queries, in the order in which they were added."""
        self._expect_open()
        return [kept.watch for kept in kept_watches(self.layout).values()]

    def watched(self, name: str) -> WatchNews:
        """Return what a watch was told lately; see `engine.reports.watch_news.past`."""
        return past(self.reader, kept_watch(self.layout, name))

    def new_to_watches(self, name: str | None = None) -> list[WatchNews]:
        """Return what was not told yet; see `engine.reports.telling.new_to_watches`."""
        return new_to_watches(self.reader, name)

    # What a person says of stories, and their past

    def history(self, story: str) -> StoryHistory:
        """Return the life of a story; see `engine.jobs.lookup.history.story_history`."""
        return story_history(self.reader, story)

    def difference(self, earlier: int, later: int) -> RunDifference:
        """Return what changed between two runs; see `engine.jobs.lookup.history.run_difference`."""
        return run_difference(self.reader, earlier, later)

    def corrections(self) -> list[InForce]:
        """Return the corrections that are in force, oldest first."""
        return corrections_in_force(self.reader)

    def labels(self) -> list[PairLabel]:
        """Return the corrections as labelled pairs of articles."""
        return list(correction_labels(self.reader))

    def answers(self) -> list[PairLabel]:
        """Return what people said of pairs: the answers to `engine label`, then corrections."""
        return all_answers(self.reader)

    def doubtful(self, n_pairs: int) -> Iterator[tuple[Article, Article]]:
        """Yield pairs worth judging, none that was; see `engine.jobs.clustering.calibrate`."""
        expect_count(n_pairs=n_pairs)
        return doubtful_pairs(self.reader, n_pairs, answered=self.answers())

    # Keeping

    def status(self) -> Status:
        """Return what the base holds; see `engine.jobs.telling.status.status`."""
        return status(self.reader)

    def sources(self) -> dict[str, int]:
        """Return the number of articles of each outlet, most first."""
        return self.reader.corpus.articles.counts_by_source()

    def owners(self) -> dict[str, str]:
        """Return the owner of every outlet of the base that has one; see `known_owners`."""
        return known_owners(self.reader)

    def learn_owners(self) -> dict[str, str]:
        """Return outlets that print each other's texts; see `engine.jobs.lookup.owners`."""
        return likely_owners(self.reader)

    def verify(self, *, full: bool = False) -> list[str]:
        """Return what is wrong, one sentence each; see `engine.jobs.telling.status.verify_base`."""
        self._expect_open()
        return verify_base(self.layout, self.setup, full=full)

    def generations(self) -> list[GenerationEntry]:
        """Return all generations, oldest first."""
        self._expect_open()
        return list_generations(self.layout)

    def export(self, target: str | Path, *, watches: bool = False) -> str:
        """Write the base to one file; see `engine.jobs.base.copying.export_base`."""
        return export_base(self.reader.follow(), Path(target), watches=watches)
