"""Where things stand in drawings."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from engine.domain import Article
from engine.serve.pages.drawing import MARGIN, MOST_TICKS, WIDTH, bars, scatter, timeline

START = datetime(2023, 5, 15, 3, 35, tzinfo=UTC)


def article(id_, hours=0.0, language="en"):
    at = None if hours is None else START + timedelta(hours=hours)
    return Article(id_, f"Title {id_}", "", language, "Daily", "", at, START)


def test_the_tallest_bar_is_full_and_an_empty_span_leaves_a_trace():
    (_, top, height), (x, _, trace) = bars([4, 0])
    assert (top, height, x) == (0, 24, 5)
    assert 0 < trace < 1
    assert bars([]) == []


def test_lanes_share_one_span_and_keep_their_order():
    drawn = timeline(
        [
            (article("a", 0, "tr"), "first"),
            (article("c", 10, "tr"), "copy"),
            (article("b", 5), "first"),
        ]
    )
    assert list(drawn.lanes) == ["tr", "en"]
    assert [mark.x for mark in drawn.lanes["tr"]] == [MARGIN, WIDTH - MARGIN]
    assert drawn.lanes["en"][0].x == WIDTH / 2


def test_articles_without_a_date_are_in_no_lane():
    assert timeline([(article("a", None), "first")]).lanes == {}


@pytest.mark.parametrize("hours", [0, 0.2, 5, 28, 300, 9_000, 500_000])
def test_lines_stand_at_round_times_within_the_span_and_are_few(hours):
    drawn = timeline([(article("a"), "first"), (article("b", hours), "own")])
    assert len(drawn.ticks) <= MOST_TICKS + 1
    assert all(MARGIN <= tick.x <= WIDTH - MARGIN for tick in drawn.ticks)
    assert all(tick.at.minute == tick.at.second == 0 for tick in drawn.ticks if hours < 100_000)


def test_what_is_near_in_meaning_is_near_on_the_map():
    events = np.eye(4, dtype=np.float32)
    vectors = events[[0, 0, 1, 2]] + np.float32(0.01) * events
    marks = scatter([article(name) for name in "abcd"], vectors)

    def apart(one, other):
        return np.hypot(marks[one].x - marks[other].x, marks[one].y - marks[other].y)

    assert apart(0, 1) < 0.1 * min(apart(0, 2), apart(0, 3), apart(2, 3))
    assert all(0 <= mark.x <= WIDTH and 0 <= mark.y <= WIDTH for mark in marks)
    assert scatter([article("a")] * 2, vectors[:2]) == []
    assert len(scatter([article("a")] * 3, vectors[[0, 0, 0]])) == 3
