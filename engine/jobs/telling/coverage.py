"""Who leads, who lags and what is missed among the stories of a generation."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.coverage.figures import EVERYTHING, Coverage, Span, coverage_of
from engine.coverage.reports import Report, Reported, of_one_time
from engine.domain import UNDETERMINED, Story
from engine.jobs.base.reader import Reader
from engine.jobs.base.scope import REOPEN
from engine.jobs.clustering.stages import matter_of_each
from engine.jobs.lookup.learnt import base_families
from engine.origins.families import Families
from engine.origins.voices import story_voices


def coverage(reader: Reader, span: Span = EVERYTHING) -> Coverage:
    """Return the figures of coverage of the stories of a generation.

    Parameters
    ----------
    reader
        Of the base.
    span
        Which stories, and how they are split.

    Raises
    ------
    NotFoundError
        Nothing is published.
    DamagedError
        What the base was told of owners is no such table any more.
    """
    told = [story for story in reader.stories.values() if story.origins]
    families = base_families(reader.layout)
    matters, facts = matter_of_each(reader.corpus, reader.run), reader.once(_facts)
    return coverage_of(
        (_reported(story, families, matters.get(story.id, story.id), facts) for story in told),
        span,
        generation=reader.generation.name,
        n_untold=len(reader.stories) - len(told),
    )


def _facts(reader: Reader) -> dict[str, tuple[str, int | None]]:
    """Return the language and the time of every article of a story, by id."""
    articles = reader.corpus.articles
    ids = [id_ for story in reader.stories.values() for id_ in story.article_ids]
    languages, published = articles.languages(), articles.published()
    return {id_: (languages[key], published[key]) for id_, key in articles.keys_of(ids).items()}


def _reported(
    story: Story, families: Families, matter: str, facts: Mapping[str, tuple[str, int | None]]
) -> Reported:
    return Reported(story.id, story.headline, matter, tuple(_reports(story, families, facts)))


def _reports(
    story: Story, families: Families, facts: Mapping[str, tuple[str, int | None]]
) -> Iterator[Report]:
    voices = story_voices(story, families)
    # An article that was forgotten since is in the story of a reader that holds it.
    known = [facts.get(id_, (UNDETERMINED, None)) for id_ in story.article_ids]
    times = of_one_time([at for _, at in known], silence=int(REOPEN.total_seconds()))
    rows = zip(story.article_ids, story.origins, voices, known, times, strict=True)
    for id_, origin, voice, (language, _), published in rows:
        owner = families.of(origin.outlet, origin.host)
        yield Report(id_, origin, owner, voice, language, published)
