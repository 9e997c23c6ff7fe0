"""The long matters that events are stages of: linked to stories, never mixed with them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engine.clustering.matters import link_matters
from engine.domain import Embeddings, Story
from engine.indexing import Generation, build_index
from engine.store import Corpus


def other_events(
    story: Story, stories: Sequence[Story], corpus: Corpus, generation: Generation
) -> list[Story]:
    """Return the other stories of the matter that `story` is a stage of, oldest first.

    Parameters
    ----------
    story, stories
        One of the live stories, and all of them.
    corpus, generation
        Where their articles and vectors are.
    """
    vectors = _event_vectors(stories, corpus, generation)
    matters = link_matters(vectors, build_index(vectors))
    mine = matters[[other.id for other in stories].index(story.id)]
    found = [
        other
        for other, matter in zip(stories, matters.tolist(), strict=True)
        if matter == mine and other.id != story.id
    ]
    return sorted(found, key=lambda other: (str(other.started or "undated"), other.id))


def _event_vectors(stories: Sequence[Story], corpus: Corpus, generation: Generation) -> Embeddings:
    """Return the mean vector of each story, as unit rows; float32, (n_stories, dim)."""
    keys = corpus.articles.keys_of([id_ for story in stories for id_ in story.article_ids])
    means = np.zeros((len(stories), generation.manifest.dim), np.float32)
    for place, story in enumerate(stories):
        own = np.array([keys[id_] for id_ in story.article_ids if id_ in keys], np.int64)
        rows = generation.rows_of(own)
        means[place] = generation.vectors(rows[rows >= 0]).sum(axis=0)
    lengths = np.linalg.norm(means, axis=1, keepdims=True)
    # A story whose articles all left the index is near to nothing.
    means[lengths[:, 0] == 0, 0] = 1
    lengths[lengths == 0] = 1
    means /= lengths
    return means
