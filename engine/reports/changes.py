"""What runs changed: stories that have news, languages of what came, edited headlines."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from engine.domain import Article, Story
from engine.jobs.base.reader import Reader
from engine.recorded import Event, EventKind
from engine.reports.story_brief import StoryNews
from engine.store import Run

MAIN_LANGUAGE_SHARE = 0.1
"""A language that this share of the night's articles is in should have a large story."""

MOST_LISTED = 20
"""Ended stories and edited headlines of a report."""

NEWS = {
    EventKind.BORN: "new",
    EventKind.SPLIT: "new",
    EventKind.REOPENED: "back",
    EventKind.GREW: "growing",
    EventKind.MERGED: "merging",
}
"""What an event of the ledger makes of a story in the report, the first that applies."""


def news_of(events: Sequence[Event], shown: Mapping[str, Story]) -> dict[str, StoryNews]:
    """Return what `events` make new of each story that is shown, by its id."""
    found = defaultdict[str, list[Event]](list)
    for event in events:
        subject = event.other if event.kind == EventKind.MERGED else event.story
        if event.kind in NEWS and subject in shown:
            found[subject].append(event)
    return {
        story: StoryNews(
            kind=_most_telling([NEWS[event.kind] for event in said]),
            n_joined=sum(event.n_joined for event in said if event.kind != EventKind.MERGED),
            absorbed=tuple(event.story for event in said if event.kind == EventKind.MERGED),
            split_from="".join(event.other for event in said if event.kind == EventKind.SPLIT),
        )
        for story, said in found.items()
    }


def _most_telling(kinds: Sequence[str]) -> str:
    return min(kinds, key=("merging", "new", "back", "growing").index)


def main_languages(reader: Reader, after: int, until: int) -> list[str]:
    """Return the languages of many of the articles that found a story between two runs."""
    counts = reader.corpus.history.languages_of_moved(after, until)
    total = sum(n for _, n in counts)
    return [name for name, n in counts if n >= MAIN_LANGUAGE_SHARE * total]


def edited_between(reader: Reader, before: Run | None, run: Run) -> tuple[tuple[str, Article], ...]:
    """Return the headlines that were edited between two runs, the latest first.

    Each with the article as it is; none where there is no run `before`.
    """
    if before is None:
        return ()
    corpus = reader.corpus
    earlier = corpus.history.edited_headlines(before.last_revision)
    later = corpus.history.edited_headlines(run.last_revision)
    articles = corpus.articles.by_keys(list(earlier))
    found = [
        (title, articles[key])
        for key, title in earlier.items()
        if key in articles and title not in {articles[key].title, later.get(key)}
    ]
    return tuple(found[:MOST_LISTED])
