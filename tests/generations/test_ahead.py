"""What is opened and checked beside imports is what is opened and checked without."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from engine.disk.files import check_content
from engine.disk.layout import INDEX, Layout
from engine.errors import DamagedError
from engine.generations import open_files
from engine.generations.ahead import OpenedAhead
from engine.generations.generation import live_name, open_live
from engine.index.vectors import SAMPLED_ARTICLES, sampled_rows
from tests.generations.cases import flip, publish_rows, rows


@pytest.fixture
def layout(tmp_path):
    found = Layout(tmp_path / "base")
    publish_rows(found, [rows(40)])
    return found


@pytest.fixture
def checks(monkeypatch):
    """Return the names of the files that are checked, as they are."""
    found = []

    def checked(name, file, content, record, **how):
        found.append(file)
        return check_content(name, file, content, record, **how)

    monkeypatch.setattr(open_files, "check_content", checked)
    return found


def opened(layout):
    ahead = OpenedAhead(layout)
    ahead.wait()
    return ahead.generation


def test_what_was_read_ahead_is_not_checked_again(layout, checks):
    found = opened(layout)
    assert checks.count(INDEX) == 1
    assert len(found.index.search(found.vectors()[:1], 3).rows[0]) == 3
    assert checks.count(INDEX) == 1
    assert found.name == open_live(layout).name


@pytest.mark.parametrize(
    "n_rows", [0, 1, SAMPLED_ARTICLES, 2 * SAMPLED_ARTICLES - 1, 7 * SAMPLED_ARTICLES + 3]
)
def test_the_sample_is_even_and_less_than_twice_as_large_as_wanted(n_rows):
    found = sampled_rows(n_rows)
    assert len(set(np.diff(found).tolist())) <= 1
    assert min(n_rows, SAMPLED_ARTICLES) <= len(found) < 2 * SAMPLED_ARTICLES


def test_where_nothing_is_published_there_is_nothing(tmp_path):
    assert opened(Layout(tmp_path)) is None


def test_damage_is_told_by_whoever_reads_it_next(layout):
    flip(layout.generation(live_name(layout)).index, 99)
    found = opened(layout)
    with pytest.raises(DamagedError, match=r"index\.faiss"):
        found.index  # noqa: B018 - read on first use
    (layout.generation(found.name).manifest).unlink()
    assert opened(layout) is None


def test_a_file_that_many_ask_for_at_once_is_checked_once(layout, checks):
    found = open_live(layout)
    checks.clear()
    with ThreadPoolExecutor(8) as threads:
        contents = list(threads.map(lambda _: found.content(INDEX), range(8)))
    assert checks == [INDEX]
    assert all(np.shares_memory(content, contents[0]) for content in contents)
