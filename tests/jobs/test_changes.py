"""A night tells a program what it changed, after it is published."""

import pytest

import engine
from engine.disk.lock import writing
from engine.errors import LockedError
from engine.recorded import EventKind
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY

BRIDGES = [
    {"id": f"b{n}", "title": text, "published_at": "2023-05-10T12:00:00Z"}
    for n, text in enumerate([BRIDGE, f"{BRIDGE} Nobody was hurt.", f"{BRIDGE} Police came."])
]
ROBBERIES = [
    {"id": f"r{n}", "title": text, "published_at": "2023-05-11T12:00:00Z"}
    for n, text in enumerate([ROBBERY, f"{ROBBERY} Police search for them."])
]


@pytest.fixture
def base(tmp_path):
    with engine.open(tmp_path / "base") as opened:
        yield opened


def test_each_event_is_told_with_its_story_once_all_is_published(base):
    told: list[tuple[EventKind, list[str]]] = []

    def changed(event, story):
        # The lock is free and the night is live: the callback may use the base.
        assert base.story(event.story) == story
        assert base.status().live.run == 1 + len(told)
        base.pin(story.article_ids[0])
        told.append((event.kind, sorted(story.article_ids)))

    report = base.nightly([*BRIDGES[:2], *ROBBERIES], spec=HASHING, changed=changed)
    assert report.outcome == "published"
    assert sorted(told) == [(EventKind.BORN, ["b0", "b1"]), (EventKind.BORN, ["r0", "r1"])]


def test_later_nights_tell_what_is_new_only(base):
    base.nightly([*BRIDGES[:2], *ROBBERIES], spec=HASHING)
    told = []
    report = base.nightly(BRIDGES[2:], changed=lambda *change: told.append(change))
    ((event, story),) = told
    assert event.kind is EventKind.GREW
    assert (event.n_joined, event.n_articles, len(story.article_ids)) == (1, 3, 3)
    assert base.reader.corpus.history.events(report.run) == [event]
    told.clear()
    assert base.nightly(changed=lambda *change: told.append(change)).outcome == "unchanged"
    assert told == []


def test_a_failing_callback_loses_neither_the_night_nor_the_other_events(base):
    told = []

    def changed(event, story):
        told.append(event)
        if len(told) == 1:
            raise ValueError("the mail server is down")

    with pytest.raises(ExceptionGroup, match=r"run 1 is published .* 1 of its 2 events") as failed:
        base.nightly([*BRIDGES, *ROBBERIES], spec=HASHING, changed=changed)
    assert [str(error) for error in failed.value.exceptions] == ["the mail server is down"]
    assert len(told) == 2
    assert len(base.stories()) == 2
    with engine.open(base.layout.root) as other:
        assert other.nightly().outcome == "unchanged"


def test_a_night_that_fails_tells_nothing(base):
    told: list[object] = []
    with (
        writing(base.layout, command="another run", create=True),
        pytest.raises(LockedError),
    ):
        base.nightly(BRIDGES, changed=lambda *change: told.append(change))
    assert told == []
