"""Nights and other runs: what each has news of, and stories that were held back."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends

from engine.domain import Value
from engine.jobs.base.reader import Reader
from engine.jobs.clustering.correct import Corrected
from engine.jobs.lookup.alerts import BreakingStory
from engine.jobs.lookup.outlines import StoryOutline, outlines
from engine.reports.briefing import BARE, Briefing, brief_run
from engine.reports.news import ToldArticle, told_article
from engine.reports.story_brief import StoryNews
from engine.reports.watch_news import WatchNews
from engine.serve.api.asking import RunNumber
from engine.serve.api.corrections import corrected
from engine.serve.given import Reading, Serving, needs
from engine.serve.lists import Cursor, Limit, part
from engine.serve.tokens import Scope
from engine.serve.values import Page
from engine.store import Run

router = APIRouter(prefix="/nights", tags=["operation"])


@dataclass(frozen=True, slots=True)
class NightStory(Value):
    """A story that a run has news of.

    Attributes
    ----------
    story
        As it is now.
    news
        What is new of it.
    missing
        Main languages of the night without an article on it.
    per_day
        Articles a day over the last day of the story.
    matter, stage
        Of which long matter it is the second stage or a later one, and its number from 1; None of
        none.
    """

    story: StoryOutline
    news: StoryNews
    missing: tuple[str, ...]
    per_day: int
    matter: str | None
    stage: int | None


@dataclass(frozen=True, slots=True)
class EditedHeadline(Value):
    """An article whose headline was edited, and the one before."""

    article: ToldArticle
    before: str


@dataclass(frozen=True, slots=True)
class Night(Value):
    """A run without the texts of its stories; attributes are as in `Briefing`."""

    run: Run
    before: Run | None
    stories: tuple[NightStory, ...]
    n_more: int
    ended: tuple[StoryOutline, ...]
    edited: tuple[EditedHeadline, ...]
    reasons: tuple[str, ...]
    watches: tuple[WatchNews, ...]
    breaking: tuple[BreakingStory, ...]

    @classmethod
    def of(cls, reader: Reader, found: Briefing) -> Night:
        """Return what `found` tells of a run."""
        stories = outlines(reader, [brief.story for brief in found.stories])
        places = [found.stages.get(brief.story.id) for brief in found.stories]
        return cls(
            run=found.run,
            before=found.before,
            stories=tuple(
                NightStory(
                    story,
                    brief.news,
                    brief.missing,
                    brief.per_day,
                    None if place is None else place.matter,
                    None if place is None else place.number,
                )
                for brief, story, place in zip(found.stories, stories, places, strict=True)
            ),
            n_more=found.n_more,
            ended=tuple(outlines(reader, found.ended)),
            edited=tuple(EditedHeadline(told_article(one), title) for title, one in found.edited),
            reasons=found.reasons,
            watches=found.watches,
            breaking=found.breaking,
        )


@router.get("")
def list_nights(reader: Reading, limit: Limit = 50, cursor: Cursor = None) -> Page[Run]:
    """Return the runs of the ledger, the latest first: nights, held ones too, and corrections."""
    runs = reader.corpus.history.runs()[::-1]
    return part(runs, limit, cursor, str(runs[0].run if runs else 0))


@router.get("/{run}")
def show_night(run: RunNumber, reader: Reading) -> Night:
    """Return what there is to know of a run: its stories, ranked, and why it was held."""
    return Night.of(reader, brief_run(reader, run, BARE))


@router.post("/{run}/approve", dependencies=[Depends(needs(Scope.ADMIN))])
def approve(run: RunNumber, services: Serving) -> Corrected:
    """Publish the stories of a night that was held back."""
    return corrected(services, lambda base: base.approve(run))
