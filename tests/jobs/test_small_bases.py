"""Small bases: a few short items on one event join, though nothing is known of the base yet."""

import json
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from engine.domain import EncoderSpec, embedding_text
from engine.encoding import fit_centring, open_encoder, reference_offsets
from engine.index.faiss_build import build_index
from engine.same_event.window import Window
from engine.stories.partition import cluster

DAY = datetime(2024, 3, 12, 8, tzinfo=UTC).timestamp()
LINES = Path(__file__).parents[1] / "data" / "small_base.jsonl"
ONE_STORY = [0, 0, 0, -1, -1, -1, -1, -1]

ITEMS = defaultdict(list)
for line in map(json.loads, LINES.read_text(encoding="utf-8").splitlines()):
    ITEMS[line["event"], line["language"]].append((line["title"], line["text"]))


@pytest.fixture(scope="module")
def clustered():
    encoder = open_encoder(EncoderSpec())
    reference = reference_offsets(encoder)

    def labels(items, languages):
        raw = encoder.encode([embedding_text(title, body) for title, body in items])
        centring = fit_centring(raw, languages, reference=reference)
        window = Window(
            titles=[title for title, _ in items],
            bodies=[body for _, body in items],
            languages=languages,
            sources=[f"outlet {row}" for row in range(len(items))],
            published=DAY + 3600 * np.arange(len(items), dtype=np.float64),
            vectors=centring.apply(raw, languages),
        )
        return cluster(window, build_index).labels.tolist()

    return labels


@pytest.mark.slow
@pytest.mark.parametrize("form", ["items", "titles"])
@pytest.mark.parametrize("language", ["en", "nl", "de", "es", "ru"])
def test_a_few_short_items_on_one_event_in_a_base_of_eight_join(clustered, language, form):
    items = [*ITEMS["fire", language], *ITEMS["other", language]]
    if form == "titles":
        items = [(title, "") for title, _ in items]
    assert clustered(items, [language] * len(items)) == ONE_STORY


@pytest.mark.slow
def test_a_few_short_items_in_three_languages_join(clustered):
    languages = ["en", "ru", "de", "es", "zh", "nl", "en", "de"]
    items = [ITEMS["fire", language][0] for language in languages[:3]]
    items += [ITEMS["other", language][row] for row, language in enumerate(languages[3:])]
    assert clustered(items, languages) == ONE_STORY
