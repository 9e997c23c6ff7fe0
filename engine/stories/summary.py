"""Which sentences stand for all that is said of a story: chosen, never written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from engine.domain import Embeddings, Rows


def choose_sentences(
    sentences: Embeddings, headlines: Embeddings, voices: Sequence[str], n: int
) -> Rows:
    """Return the rows of at most `n` sentences, the one that stands for most first.

    The sentences chosen are those to which the headlines together are nearest (facility
    location, Lin and Bilmes 2011, "A class of submodular functions for document
    summarization", chosen greedily): what all report comes first, and what was said is not said
    again. Of all sentences instead of headlines, the details that everybody repeats would win.
    Every voice counts as one, however much it writes.

    Parameters
    ----------
    sentences
        Unit rows of those that may be chosen, (n_sentences, dim).
    headlines
        Unit rows of what they are to stand for, (n_headlines, dim).
    voices
        Whose each headline is.
    n
        Sentences wanted.

    Returns
    -------
    numpy.ndarray
        Int64, at most `n`; fewer where no other sentence is any nearer.
    """
    counts = Counter(voices)
    weights = np.array([1 / counts[voice] for voice in voices], np.float64)
    likeness = np.maximum(headlines @ sentences.T, 0.0)  # (n_headlines, n_sentences)
    stood_for = np.zeros(len(headlines))
    chosen: list[int] = []
    while len(chosen) < min(n, len(sentences)):
        gains = weights @ np.maximum(likeness - stood_for[:, None], 0.0)
        best = int(gains.argmax())
        if gains[best] <= 0.0:
            break
        chosen.append(best)
        stood_for = np.maximum(stood_for, likeness[:, best])
    return Rows(np.array(chosen, np.int64))
