"""Mutated and random input: articles or rejects come out, never an error, never a hang."""

import gzip
import io
import json
import random
import time
import warnings
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.domain import Article, Reject
from engine.reading import clean, detect, read
from tests.reading.fuzz_cases import SEEDS, mutated
from tests.reading.markup import PAGES, mangled

FETCHED = datetime(2030, 1, 1, tzinfo=UTC)
LONGEST_SECONDS = 20.0
"""Processor time for one input; an honest page takes hundredths."""


def survive(data):
    start = time.process_time()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # libraries warn about odd markup; that is not an error
        results = list(read(["-"], stdin=io.BytesIO(data), fetched=FETCHED))
    assert time.process_time() - start < LONGEST_SECONDS
    for result in results:
        assert isinstance(result, (Article, Reject))
        if isinstance(result, Article):
            assert result.title or result.body
            f"{result.title}{result.body}{result.raw}{result.id}{result.url}".encode()


@pytest.mark.parametrize("name", SEEDS)
@pytest.mark.parametrize("n_inputs", [20, pytest.param(1000, marks=pytest.mark.slow)])
def test_mutations_of_every_format(name, n_inputs):
    chance = random.Random(f"{name}{n_inputs}")
    for _ in range(n_inputs):
        survive(mutated(SEEDS[name], chance))


@pytest.mark.parametrize("n_pages", [40, pytest.param(10_000, marks=pytest.mark.slow)])
def test_mutations_of_pages(n_pages):
    pytest.importorskip("trafilatura")
    chance = random.Random(n_pages)
    for number in range(n_pages):
        data = mangled(PAGES[number % len(PAGES)], chance)
        survive(mutated(data, chance) if number % 3 == 0 else data)


@pytest.mark.data
@pytest.mark.slow
def test_mutations_of_real_pages(data_folder):
    chance = random.Random(1)
    paths = sorted((data_folder / "pages").glob("*/*.html.gz"))
    pages = [gzip.decompress(path.read_bytes()) for path in paths]
    for number in range(1000):
        page = pages[number % len(pages)]
        survive(mutated(page, chance))
        survive(mangled(page.decode("utf-8", "replace"), chance))


@settings(deadline=None, max_examples=150)
@given(st.binary(max_size=2000))
def test_any_bytes(data):
    survive(data)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(sorted(SEEDS)), st.binary(max_size=300))
def test_any_bytes_after_a_good_start(name, tail):
    survive(SEEDS[name][: len(SEEDS[name]) // 2] + tail)


@settings(deadline=None, max_examples=150)
@given(
    st.dictionaries(
        st.sampled_from(["id", "title", "text", "lang", "date", "source", "url", "body"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
            max_leaves=6,
        ),
    )
)
def test_any_record(values):
    survive(json.dumps(values).encode() + b"\n")


@settings(deadline=None, max_examples=150)
@given(
    st.text(
        st.sampled_from(
            "Lees ok:©AFP()\n-—.ANPmetvido&<>/'\" 0123年月日电【】新华社\u202e\u0301Ã©â€"
        ),
        max_size=400,
    )
)
def test_text_that_is_nearly_furniture(text):
    clean(text)
    detect(text)
