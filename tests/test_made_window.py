"""The made-up window of the benchmark of clustering does not contradict itself."""

import argparse

import numpy as np
import pytest
from clustering import engine, window_of

from engine.same_event.window_terms import WindowTerms
from engine.stories.agreement import bcubed

N_ARTICLES, LARGEST = 600, 60


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return a window, and its events, around seeds that are all alike as raw vectors are."""
    random = np.random.default_rng(1)
    seeds = np.ones(64) + random.standard_normal((500, 64))
    path = tmp_path_factory.mktemp("seeds") / "seeds.npy"
    np.save(path, seeds.astype(np.float32))
    return window_of(argparse.Namespace(articles=N_ARTICLES, largest=LARGEST, vectors=[path]))


def test_vectors_are_not_all_alike(made):
    window, _ = made
    assert np.linalg.norm(window.vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert np.linalg.norm(window.vectors.mean(axis=0)) < 0.3


def test_names_and_numbers_are_those_of_an_event(made):
    window, events = made
    pairs = np.random.default_rng(0).integers(N_ARTICLES, size=(4000, 2))
    overlap, _ = WindowTerms.of(window).compare(pairs)
    related = events[pairs[:, 0]] == events[pairs[:, 1]]
    assert overlap[~related].max() == 0
    assert overlap[related].min() > 0.3


def test_the_largest_event_is_one_story_and_lone_articles_stay_alone(made):
    window, events = made
    labels = engine(window)
    largest = events == np.bincount(events).argmax()
    assert np.bincount(labels[largest]).max() == np.bincount(events).max()
    assert bcubed(labels, events).precision > 0.95
