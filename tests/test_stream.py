"""The made-up stream of the benchmarks is the same wherever it is made again."""

import json

import numpy as np
import pytest
from million import HEAD, Step, line, percentiles
from stream import MOST_OF_AN_EVENT, Stream, read_seeds, spelled

N_ARTICLES = 3000


@pytest.fixture(scope="module")
def stream():
    return Stream(read_seeds([]), N_ARTICLES, 500)


def test_a_part_is_what_it_is_in_the_whole(stream, tmp_path):
    rows = np.arange(N_ARTICLES)
    assert (stream.vectors(rows)[1000:1010] == stream.vectors(rows[1000:1010])).all()
    again = Stream(read_seeds([]), N_ARTICLES, 500)
    for name, one, some in (("whole", stream, range(1000)), ("part", again, range(990, 1000))):
        one.write(tmp_path / name, some)
    whole, part = ((tmp_path / name).read_text().splitlines() for name in ("whole", "part"))
    assert whole[990:] == part


def test_articles_of_an_event_are_near_each_other_and_of_some_days(stream):
    vectors = stream.vectors(np.arange(N_ARTICLES))
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    events, sizes = np.unique(stream.events, return_counts=True)
    assert sizes.max() <= MOST_OF_AN_EVENT
    rows = np.flatnonzero(stream.events == events[sizes.argmax()])
    others = np.random.default_rng(0).choice(N_ARTICLES, len(rows), replace=False)
    within, across = (vectors[rows] @ vectors[some].T for some in (rows, others))
    assert within.mean() > across.mean() + 0.3
    assert (np.diff(stream.hours) >= 0).all()


def test_lines_are_articles(stream, tmp_path):
    stream.write(tmp_path / "feed", [7])
    values = json.loads((tmp_path / "feed").read_text())
    assert (values["id"], values["language"]) == ("a7", "fr")
    assert values["title"].split()[:6] == values["text"].split()[:6]


def test_texts_are_as_long_as_news_and_have_as_few_numbers(stream, tmp_path):
    stream.write(tmp_path / "feed", range(200))
    lines = (tmp_path / "feed").read_text().splitlines()
    words = [word for line in lines for word in json.loads(line)["text"].split()]
    assert 100 < len(words) / len(lines) < 300
    assert 0.02 < np.mean([word.strip(".").isdigit() for word in words]) < 0.06
    assert not any(word[0].isalpha() and not word.strip(".").isalpha() for word in words)


def test_each_number_is_spelled_by_a_word_of_its_own():
    words = [spelled(number) for number in range(100_000)]
    assert len(set(words)) == len(words)
    assert min(map(len, words)) == 4


def test_a_step_is_a_line_of_the_table():
    step = Step("ask", 1.25, 2.5, 100.0, 50.0, percentiles("text", [1.0, 2.0, 3.0]))
    assert line(step).count("|") == HEAD.splitlines()[0].count("|")
    assert "text p50 2.0" in line(step)
