"""The page of coverage: in both languages, without script or style of its own, marks in place."""

import pytest

from engine.coverage.firsts import First
from engine.coverage.lags import Lag
from engine.serve.pages.covering import MOST_HOURS, delay_reach, share_reach
from engine.serve.pages.drawing import MARGIN, WIDTH


@pytest.mark.parametrize(("accepted", "says"), [("en", "Who leads"), ("nl", "Wie voorop loopt")])
def test_the_page_tells_who_leads(client, accepted, says):
    answer = client.get("/coverage", headers={"Accept-Language": accepted})
    assert answer.status_code == 200
    text = answer.text
    assert says in text
    assert 'aria-current="page"' in text
    assert 'class="reach"' in text
    assert "style=" not in text
    assert "<svg/onload" not in text
    assert "Weekly" in text


def test_a_span_without_stories_says_so(client):
    text = client.get("/coverage?until=2020-01-01&by=day").text
    assert "No stories were first reported then." in text
    assert '<option value="day" selected>' in text
    assert client.get("/coverage?by=year").status_code == 422
    assert client.get("/coverage?since=soon").status_code == 422


def test_marks_stand_where_they_belong():
    row = First("outlet", "a", 9, 8, 4, 0, 0.5, 0.0, 1.0, 0.25, 0.1, False)
    place = share_reach(row)
    assert (place.start, place.dot, place.end) == (MARGIN, WIDTH / 2, WIDTH - MARGIN)
    assert place.stroke == MARGIN + (WIDTH - 2 * MARGIN) / 4
    late = delay_reach(Lag("nl", 3, 0, 0, 3, 0, 0.0, 1.0, 10 * MOST_HOURS))
    assert (late.start, late.end) == (MARGIN, WIDTH - MARGIN)
    assert late.start < late.dot < late.end
