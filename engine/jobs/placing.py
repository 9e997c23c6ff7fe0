"""In which story an article is."""

from __future__ import annotations

from collections.abc import Mapping

from engine.domain import Keys
from engine.jobs.session import Reader
from engine.stories.changes import LEAST_ARTICLES


def stories_of(reader: Reader, keys: Keys) -> Mapping[int, str]:
    """Return the story of each article, by key, that is in one of the generation's.

    The ledger knows of a few articles at once, and is asked while it is at the run of the
    generation; else the stories of the generation are gone through.
    """
    ledger = reader.corpus.ledger
    found = ledger.stories_of(keys.tolist())
    sizes = {story: len(own) for story, own in ledger.members(sorted(set(found.values()))).items()}
    if ledger.head() != reader.run:
        return reader.once(_all_of_them)
    return {key: story for key, story in found.items() if sizes[story] >= LEAST_ARTICLES}


def _all_of_them(reader: Reader) -> dict[int, str]:
    stories = {id_: story.id for story in reader.generation.stories() for id_ in story.article_ids}
    keys = reader.corpus.articles.keys_of(list(stories))
    return {key: stories[id_] for id_, key in keys.items()}
