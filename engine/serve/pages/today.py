"""What the first page shows: the stories that have news, or all of them, and what changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from itertools import chain

from engine.domain import Article, Story, Value
from engine.garbage import without_collection
from engine.jobs.base.reader import Reader
from engine.jobs.lookup.alerts import BreakingStory, breaking
from engine.jobs.lookup.headlines import first_in
from engine.jobs.lookup.listing import ALL, StoryFilter, listed_stories
from engine.recorded import EventKind
from engine.reports.changes import edited_between, main_languages, news_of
from engine.reports.story_brief import NO_NEWS, StoryBrief, StoryNews, brief_story
from engine.serve.pages.kept import Kept
from engine.serve.states import state_beside
from engine.store import NO_RUN, Run
from engine.words.headlines import headline_of

STORIES_A_PAGE = 30

MOST_DESCRIBED = 10 * STORIES_A_PAGE
"""Stories whose descriptions are kept: to make one of thousands of articles takes tens of
milliseconds, and it holds the first text in each language."""

MOST_LISTED = 8
"""Ended stories and edited headlines that are shown."""


@dataclass(frozen=True, slots=True)
class Changes(Value):
    """What is different from the clustering before the last.

    Attributes
    ----------
    run, before
        The last clustering and the one before; None where there is none.
    news
        What is new of each story that has news, by id. Corrections since count, too.
    counts
        How many stories are new, back, growing and merging.
    ended
        The largest of the stories that ended.
    edited
        Articles whose headline was edited, with the one before.
    main
        Languages of many of the articles that found a story.
    breaking
        Alerts that were raised, the latest first.
    """

    run: Run | None
    before: Run | None
    news: Mapping[str, StoryNews]
    counts: Mapping[str, int]
    ended: tuple[Story, ...]
    edited: tuple[tuple[str, Article], ...]
    main: tuple[str, ...]
    breaking: tuple[BreakingStory, ...]


@dataclass(frozen=True, slots=True)
class Chosen(Value):
    """Which stories the reader asks for.

    Attributes
    ----------
    language, source, words
        As in `engine.jobs.lookup.listing.StoryFilter`.
    day
        The story has an article of this UTC day.
    everything
        Stories without news, too; so it is where a day is asked for, and where none has news.
    independent
        As in `engine.jobs.lookup.listing.StoryFilter`.
    page
        From 1.
    """

    language: str = ""
    source: str = ""
    words: str = ""
    day: date | None = None
    everything: bool = False
    independent: int = 0
    page: int = 1

    @property
    def story_filter(self) -> StoryFilter:
        """The same as what `listed_stories` takes."""
        since = None if self.day is None else datetime.combine(self.day, time(), UTC)
        until = None if since is None else since + timedelta(days=1)
        return StoryFilter(
            since=since,
            until=until,
            language=self.language,
            source=self.source,
            words=self.words,
            independent=self.independent,
        )


@dataclass(frozen=True, slots=True)
class Today(Value):
    """The first page.

    Attributes
    ----------
    stories
        Those of this page, by rank: independent outlets times languages, then speed.
    first
        Place of the first of them among all that were found, from 1.
    n_found, n_pages
        Stories that were asked for, and the pages they fill.
    changes
        What is different from the night before.
    languages, sources
        What can be asked for: of all stories, most frequent first.
    """

    stories: tuple[StoryBrief, ...]
    first: int
    n_found: int
    n_pages: int
    changes: Changes
    languages: tuple[str, ...]
    sources: tuple[str, ...]


def opened(reader: Reader) -> Today:
    """Return the first page of a generation as it is first shown.

    Who asks for it while it is made waits, by `Reader.once`, instead of making it, too.
    """
    with without_collection(), ThreadPoolExecutor(1) as beside:
        beside.submit(reader.once, moved_languages)  # the database works on another processor
        return today(reader, Chosen())


def today(reader: Reader, chosen: Chosen) -> Today:
    """Return the first page as a reader asks for it.

    Raises
    ------
    InputError, NotFoundError
        There is no such language, no such outlet.
    """
    changed = reader.once(changes)
    everything = chosen.everything or chosen.day is not None or not changed.news
    found = [id_ for id_ in reader.once(by_reach) if everything or id_ in changed.news]
    if (which := chosen.story_filter) != ALL:
        asked = {story.id for story in listed_stories(reader, which)}
        found = [id_ for id_ in found if id_ in asked]
    start = STORIES_A_PAGE * (chosen.page - 1)
    shown = [reader.stories[id_] for id_ in found[start : start + STORIES_A_PAGE]]
    briefs = described(reader, shown)
    languages, sources = reader.once(choices)
    return Today(
        stories=tuple(sorted(briefs, key=lambda brief: brief.rank)),
        first=start + 1,
        n_found=len(found),
        n_pages=-(-len(found) // STORIES_A_PAGE),
        changes=changed,
        languages=languages,
        sources=sources,
    )


def by_reach(reader: Reader) -> list[str]:
    """Return the ids of the stories of the generation, the likely first ones first.

    Who is independent is told once a story is described; no story has more voices than this.
    """
    heads = reader.heads
    return sorted(
        heads, key=lambda id_: (-len(heads[id_].sources) * len(heads[id_].languages), id_)
    )


def described(reader: Reader, stories: Sequence[Story]) -> list[StoryBrief]:
    """Return what there is to say of stories of the generation.

    The last ones are kept, also for the generations after it: most stories stay as they are.
    """
    changed, state, kept = reader.once(changes), state_beside(reader), reader.handed_on(_briefs)

    def described_once(story: Story) -> StoryBrief:
        news = changed.news.get(story.id, NO_NEWS)
        # A story is held by what describes it, so that no other one has its number meanwhile.
        key = (state, id(story), news, changed.main)
        return kept.get(key, partial(brief_story, reader, story, news, changed.main))

    return [described_once(story) for story in stories]


def changes(reader: Reader) -> Changes:
    """Return what is different from the clustering before the last."""
    history = reader.corpus.history
    clusterings = history.clusterings(reader.run)
    before = _before(clusterings)
    events = [
        event for run in history.chain(reader.run) if run > before for event in history.events(run)
    ]
    news = news_of(events, reader.stories)
    heads = reader.heads
    ended = [
        heads[event.story]
        for event in events
        if event.kind == EventKind.ENDED and event.story in heads
    ]
    largest = sorted(ended, key=lambda head: -head.n_articles)[:MOST_LISTED]
    last, live = history.run(before), history.run(reader.run)
    return Changes(
        run=history.run(clusterings[-1]) if clusterings else None,
        before=last,
        news=news,
        counts=Counter(said.kind for said in news.values()),
        ended=tuple(reader.stories[head.id] for head in largest),
        edited=() if live is None else edited_between(reader, last, live)[:MOST_LISTED],
        main=reader.once(moved_languages),
        breaking=tuple(breaking(reader, after=before)),
    )


def moved_languages(reader: Reader) -> tuple[str, ...]:
    """Return the languages of many of the articles that found a story since then."""
    before = _before(reader.corpus.history.clusterings(reader.run))
    return tuple(main_languages(reader, before, reader.run))


def _before(clusterings: Sequence[int]) -> int:
    return clusterings[-2] if len(clusterings) > 1 else NO_RUN


def _briefs() -> Kept[tuple[str, int, StoryNews, tuple[str, ...]], StoryBrief]:
    return Kept(MOST_DESCRIBED, lambda _: 1)


def choices(reader: Reader) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the languages and outlets of the stories, those of most stories first."""
    heads = reader.heads.values()
    languages = Counter(chain.from_iterable(head.languages for head in heads))
    sources = Counter(chain.from_iterable(head.sources for head in heads))
    del sources[""]  # of articles without an outlet
    return tuple(dict(languages.most_common())), tuple(dict(sources.most_common()))


def headlines_in(
    reader: Reader, stories: Sequence[Story], language: str
) -> dict[str, tuple[str, str]]:
    """Return the headline of each story's first article in `language`, or else its own, by id.

    With the language of the one that is returned; empty where its article is gone.
    """
    firsts = first_in(reader.corpus, stories, language)
    own = reader.corpus.articles.languages_of([story.article_ids[0] for story in stories])
    return {
        story.id: (headline_of(firsts[story.id]), language)
        if story.id in firsts
        else (story.headline, own.get(story.article_ids[0], ""))
        for story in stories
    }
