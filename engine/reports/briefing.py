"""What a person should know of a night: its stories, ranked, and what changed since the last."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from engine.coverage.figures import Coverage, Span
from engine.domain import Article, Story, Value
from engine.errors import NotFoundError
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.alerts import BreakingStory, breaking
from engine.jobs.lookup.headlines import told_in
from engine.jobs.lookup.learnt import headline_language
from engine.jobs.nights.nightly import NightlyReport
from engine.jobs.storing.ingest import IngestReport
from engine.jobs.telling.coverage import coverage
from engine.jobs.telling.matters import StagePlace, stage_place
from engine.jobs.telling.summarise import Summary, summary_if_any
from engine.recorded import EventKind, RunState
from engine.reports.changes import MOST_LISTED, edited_between, main_languages, news_of
from engine.reports.differences import with_differences
from engine.reports.story_brief import (
    StoryBrief,
    StoryNews,
    brief_story,
    with_lineages,
)
from engine.reports.watch_news import WatchNews, told_in_run
from engine.store import Run

MOST_STORIES = 30
"""Stories of a report; the rest is counted."""

COVERED = timedelta(weeks=4)
"""Span before the latest story of which a report says who led and who lagged: a month of weeks."""


@dataclass(frozen=True, slots=True)
class Sections(Value):
    """Parts of a report that take time to make, and that can be left out.

    Attributes
    ----------
    coverage
        Who led and who lagged of late.
    differences
        What outlets state differently: some milliseconds an article of the stories told.
    summaries
        The sentences that stand for each story, some of which have to be embedded.
    lineages
        Every text of the stories told, with what copied it.
    """

    coverage: bool = True
    differences: bool = True
    summaries: bool = True
    lineages: bool = True


WHOLE = Sections()
BARE = Sections(coverage=False, differences=False, summaries=False, lineages=False)


@dataclass(frozen=True, slots=True)
class Briefing(Value):
    """A night as a person reads it.

    Attributes
    ----------
    run
        The run of the ledger; its facts have the counts and checks.
    before
        The run before, or None.
    stories
        The first by rank.
    n_more
        Stories with news that are left out.
    ended
        The largest of the stories that ended.
    edited
        Articles whose headline was edited since the run before, with the one before; the
        latest first.
    ingested
        What was read, or None.
    reasons
        Why the stories were held back; then `stories` are those of the run before.
    coverage
        Who led and who lagged in the stories of the last weeks; None where it is not asked for,
        or the run is a past one.
    stages
        Which stage of which long matter each of `stories` is that goes on with one, by id.
    summaries
        The sentences that stand for each of `stories`, by id, where they are asked for.
    watches
        What the run told the watches that it told something.
    breaking
        Alerts that the run raised, or the run before where this one was held.
    """

    run: Run
    before: Run | None
    stories: tuple[StoryBrief, ...]
    n_more: int
    ended: tuple[Story, ...]
    edited: tuple[tuple[str, Article], ...]
    ingested: IngestReport | None
    reasons: tuple[str, ...]
    coverage: Coverage | None
    stages: Mapping[str, StagePlace]
    summaries: Mapping[str, Summary]
    watches: tuple[WatchNews, ...]
    breaking: tuple[BreakingStory, ...]

    @property
    def reject_log(self) -> Path | None:
        """The file that lists all rejects, where there are more than are shown."""
        read = self.ingested
        return read.log if read is not None and read.rejected > len(read.rejects) else None


def brief(
    reader: Reader, report: NightlyReport | None = None, sections: Sections = WHOLE
) -> Briefing:
    """Return what there is to know of the run that is live, or of a night that was held.

    Parameters
    ----------
    reader
        Of the base.
    report
        What the night said, for what it read and why it was held; None tells of the live
        run alone.
    sections
        What it is to have.

    Raises
    ------
    NotFoundError
        Nothing was clustered yet.
    """
    history = reader.corpus.history
    run = history.run(reader.run)
    if run is None:
        raise NotFoundError("nothing was clustered yet; run 'engine nightly' first")
    held = None if report is None else history.run(report.run)
    if held is not None and held.state == RunState.HELD:
        run = held
    return _briefing(reader, run, None if report is None else report.ingested, sections)


def brief_run(reader: Reader, number: int, sections: Sections = WHOLE) -> Briefing:
    """Return what the ledger still tells of a past run; its stories are told as they are now.

    What it read is not kept, nor are stories that were merged or ended since.

    Raises
    ------
    NotFoundError
        No run of that number led to what is live or was held.
    """
    history = reader.corpus.history
    run, chain = history.run(number), history.chain(reader.run)
    if run is None or (run.state != RunState.HELD and number not in chain):
        raise NotFoundError(
            f"there is no run {number}; the runs that led to what is live are "
            f"{', '.join(map(str, chain[-12:])) or 'none'}"
        )
    return _briefing(reader, run, None, sections)


def _briefing(
    reader: Reader, run: Run, ingested: IngestReport | None, sections: Sections
) -> Briefing:
    history = reader.corpus.history
    before = history.run(run.parent)
    told = before if run.state == RunState.HELD else run
    events = [] if told is None else history.events(told.run)
    shown = reader.stories
    news = news_of(events, shown)
    main = [] if told is None else main_languages(reader, told.parent, told.run)
    briefs = sorted(
        (brief_story(reader, shown[id_], news[id_], main) for id_ in _first_by_size(shown, news)),
        key=lambda found: found.rank,
    )
    ended = [shown[e.story] for e in events if e.kind == EventKind.ENDED and e.story in shown]
    ended = sorted(ended, key=lambda story: -len(story.article_ids))[:MOST_LISTED]
    first = [found.story for found in briefs[:MOST_STORIES]]
    language = headline_language(reader.layout)
    told_as = iter(told_in(reader.corpus, [*first, *ended], language))
    places = {story.id: stage_place(reader, story.id) for story in first}
    latest = told is not None and told.run == reader.run
    shown_first = briefs[:MOST_STORIES]
    if sections.lineages:
        shown_first = [with_lineages(reader, found) for found in shown_first]
    if sections.differences:
        shown_first = [with_differences(reader, found) for found in shown_first]
    return Briefing(
        run=run,
        before=before,
        stories=tuple(replace(found, story=next(told_as)) for found in shown_first),
        n_more=max(0, len(news) - MOST_STORIES),
        ended=tuple(told_as),
        edited=edited_between(reader, before, run),
        ingested=ingested,
        reasons=tuple(run.facts.reasons or ()) if run.state == RunState.HELD else (),
        coverage=recent_coverage(reader) if sections.coverage and latest else None,
        stages={id_: place for id_, place in places.items() if place and place.number > 1},
        summaries=dict(_summaries(reader, first, language)) if sections.summaries else {},
        watches=told_in_run(reader, run.run),
        breaking=() if told is None else tuple(breaking(reader, run=told.run)),
    )


def recent_coverage(reader: Reader) -> Coverage:
    """Return the figures of the stories that were first reported in the last `COVERED`."""
    starts = [story.started for story in reader.stories.values() if story.started is not None]
    return coverage(reader, Span(max(starts) - COVERED if starts else None))


def _summaries(
    reader: Reader, stories: Sequence[Story], language: str
) -> Iterator[tuple[str, Summary]]:
    for story in stories:
        found = summary_if_any(reader, story, language=language)
        if found is not None:
            yield story.id, found


def _first_by_size(shown: Mapping[str, Story], news: Mapping[str, StoryNews]) -> list[str]:
    """Return the stories with news that can be among the first; describing one takes time."""
    by_size = sorted(news, key=lambda id_: (-len(shown[id_].sources), id_))
    return by_size[: 4 * MOST_STORIES]
