"""Every flipped bit of the small files of a base is told."""

import base64
import json
import os
from datetime import UTC, datetime

import pytest

from engine.disk.layout import Layout
from engine.disk.lock import writing
from engine.disk.sealed import read_sealed, sealed
from engine.errors import EngineError
from engine.jobs.lookup import learnt, watches
from engine.jobs.lookup.answers import PairLabel, keep_answer, kept_answers
from engine.jobs.lookup.owners import keep_owners
from engine.jobs.rebuilding.centring import kept_centring
from engine.same_event.pair_model import shipped_model, write_model

KNOWN = {"https://feed.example/": {"etag": "x1"}}


@pytest.fixture
def layout(tmp_path):
    """Return a base that was told all there is to tell."""
    layout = Layout(tmp_path)
    with writing(layout, command="test") as lock:
        keep_owners(lock, "One Owner\tThe Daily\n", "table")
        learnt.keep_granularity(lock, "finer")
        learnt.keep_headline_language(lock, "nl")
        watch = watches.Watch("floods", text="a flood", made=datetime(2023, 5, 1, tzinfo=UTC))
        watches.keep_watches(lock, [watches.Kept(watch, {}, last=3, run=1)])
    layout.fetched.write_text(json.dumps(sealed(KNOWN)))
    means = {"fingerprint": "e5|v=1", "centring": base64.b64encode(bytes(range(60))).decode()}
    layout.centring.write_text(json.dumps(sealed(means)) + "\n")
    write_model(shipped_model(), layout.pair_model, report={})
    keep_answer(layout, PairLabel("a1", "b2", same_event=True))
    return layout


READERS = {
    "owners": learnt.base_families,
    "granularity": learnt.base_granularity,
    "headlines": learnt.headline_language,
    "watches": watches.kept_watches,
    "fetched": lambda layout: read_sealed(layout.fetched, dict),
    "pair_model": learnt.base_model,
    "centring": kept_centring,
}


def flipped(path):
    """Flip each bit of a file in turn."""
    with path.open("r+b", buffering=0) as file:
        for place, sound in enumerate(path.read_bytes()[:-1]):  # the last one ends the line
            for bit in range(8):
                os.pwrite(file.fileno(), bytes([sound ^ 1 << bit]), place)
                yield
            os.pwrite(file.fileno(), bytes([sound]), place)


@pytest.mark.parametrize("name", READERS)
def test_what_a_flipped_bit_alters_is_refused(layout, name):
    path, read = getattr(layout, name), READERS[name]
    read(layout)
    right, n_refused = json.loads(path.read_bytes()), 0
    for _ in flipped(path):
        try:
            read(layout)
        except (EngineError, ValueError):
            n_refused += 1
        else:
            assert json.loads(path.read_bytes()) == right, path.read_bytes()  # as 1e-5 and 1E-5
    assert n_refused > 300


def test_no_flipped_bit_alters_an_answer(layout):
    right = kept_answers(layout)
    n_refused = 0
    for _ in flipped(layout.answers):
        try:
            # One whose seal has another name is as good as one without.
            assert kept_answers(layout) == right
        except EngineError:
            n_refused += 1
    assert n_refused > 400
