"""What watches are told, night by night."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

import engine
from engine import Selection, Watch
from engine.disk.layout import Layout
from engine.disk.lock import writing
from engine.domain import Clustering
from engine.jobs.lookup.watches import MOST_TOLD, Kept, Told, keep_watches, kept_watch, kept_watches
from tests.jobs.night_cases import (
    BRIDGE,
    ROBBERY,
    by_words,
    forty_events,
    hashing_base,
    line,
    shuffled,
    write,
)

FEAST = "A quiet village festival opened with music and cake on Sunday afternoon"


@pytest.fixture
def base(tmp_path):
    with hashing_base(tmp_path / "base", clusterer=by_words) as opened:
        night(
            opened,
            line("b1", BRIDGE, 1),
            line("b2", f"{BRIDGE}. Nobody was hurt.", 1),
            line("r1", ROBBERY, 1),
        )
        yield opened


def night(base, *lines):
    number = len(list(base.layout.root.parent.glob("night-*")))
    return base.nightly([write(base.layout.root.parent / f"night-{number}.jsonl", *lines)])


def told(base, **options):
    """Return the articles that each watch is told of each story."""
    return {
        news.watch.name: [sorted(new.id for new in entry.articles) for entry in news.entries]
        for news in base.tell_watches(**options).news
    }


def story_of(base, id_):
    return next(story.id for story in base.stories() for one in story.article_ids if one == id_)


def watches_of_each_kind(base):
    base.add_watch(Watch("the bridge", story=story_of(base, "b1")))
    base.add_watch(Watch("the gold", articles=("r1",)))
    base.add_watch(
        Watch("a text", text="Masked robbers took gold coins from the museum of Oldtown")
    )


def test_each_kind_is_told_what_comes_in_and_nothing_twice(base):
    watches_of_each_kind(base)
    assert told(base) == {}
    night(
        base,
        line("b3", f"{BRIDGE}. It was old.", 2),
        line("r2", f"{ROBBERY}. Police search for the robbers.", 2),
        line("f1", FEAST, 2),
    )
    waiting = base.new_to_watches("a text")[0]
    assert [new.id for new in waiting.entries[0].articles] == ["r2"]
    assert told(base) == {"the bridge": [["b3"]], "the gold": [["r2"]], "a text": [["r2"]]}
    assert told(base) == {}
    night(base, line("f2", f"{FEAST} again", 3))
    assert told(base) == {}
    # The story that r2 was told of is followed, whatever the new article says of the robbery.
    night(base, line("r3", f"{ROBBERY}. Police search for the robbers.", 4))
    assert told(base, name="the gold") == {"the gold": [["r3"]]}
    assert told(base) == {"a text": [["r3"]]}
    assert [entry.run for entry in base.watched("the gold").entries] == [4, 2]


def test_stories_are_one_entry_each(base):
    base.add_watch(Watch("the gold", articles=("r1",)))
    night(base, *(line(f"r{n}", f"{ROBBERY}. Note {n}.", 2) for n in range(2, 6)))
    assert told(base) == {"the gold": [["r2", "r3", "r4", "r5"]]}


def test_an_article_told_alone_leads_to_its_story(base):
    base.add_watch(Watch("feast", text=FEAST))
    night(base, line("f1", FEAST, 2))
    assert base.new_to_watches()[0].entries[0].story is None
    assert told(base) == {"feast": [["f1"]]}
    night(base, line("f2", FEAST.replace("village", "little town"), 3))
    assert told(base) == {"feast": [["f2"]]}


def test_a_story_is_followed_where_it_is_merged_and_split(base):
    base.add_watch(Watch("the bridge", story=story_of(base, "b1")))
    night(
        base,
        line("r2", f"{ROBBERY}. Police search.", 2),
        line("r3", f"{ROBBERY}. A reward.", 2),
        line("r4", f"{ROBBERY}. Coins found.", 2),
    )
    assert told(base) == {}
    base.merge([story_of(base, "r1"), story_of(base, "b1")])
    # What it was merged with is new to it; the robbery is the larger story, and keeps its id.
    assert told(base) == {"the bridge": [["r1", "r2", "r3", "r4"]]}
    apart = base.split(story_of(base, "b1"), ["b1", "b2"])
    assert told(base) == {}
    night(base, line("b3", f"{BRIDGE}. It was old.", 3), line("r5", f"{ROBBERY}. Five.", 3))
    found = base.tell_watches().news[0].entries
    assert apart.events
    assert sorted(new.id for entry in found for new in entry.articles) == ["b3", "r5"]
    assert told(base) == {}


def test_a_night_that_is_held_tells_nothing_until_it_is_approved(tmp_path):
    lines = forty_events()
    with hashing_base(tmp_path / "base", clusterer=by_words) as base:
        night(base, *lines[:120])
        base.add_watch(Watch("an event", story=story_of(base, "e0n0")))
        base.add_watch(Watch("a text", text=json.loads(lines[1])["text"]))
        assert told(base) == {}
    with engine.open(tmp_path / "base", clusterer=shuffled) as base:
        held = night(base, *lines[120:])
        assert held.outcome == "held"
        assert told(base) == {}
    with engine.open(tmp_path / "base", clusterer=by_words) as base:
        base.approve(held.run)
        assert told(base) == {"an event": [["e0n3"]], "a text": [["e1n3"]]}
        assert told(base) == {}


def test_going_back_tells_nothing_twice(base):
    base.add_watch(Watch("the gold", articles=("r1",)))
    lines = [line("r2", f"{ROBBERY}. Police search.", 2)]
    night(base, *lines)
    assert told(base) == {"the gold": [["r2"]]}
    base.rollback()
    assert told(base) == {}
    night(base, *lines, line("r3", f"{ROBBERY}. A reward.", 2))
    assert told(base) == {"the gold": [["r3"]]}


def test_filters_hold_for_what_is_told(base):
    night(base, line("nl", ROBBERY.replace("night", "midnight"), 1, language="nl", source="Krant"))
    base.add_watch(Watch("krant", articles=("r1",), languages=("Dutch",), sources=("krant",)))
    night(
        base,
        line("r2", f"{ROBBERY}. Police search.", 2),
        line("r3", f"{ROBBERY}. A reward.", 2, language="nl", source="Krant"),
    )
    assert told(base) == {"krant": [["r3"]]}


def by_title(window, judged, *, granularity, progress):
    """Cluster by titles alone, so that stories with like texts are stages of one matter."""
    _, labels = np.unique(window.titles, return_inverse=True)
    return Clustering(labels.astype(np.int64), np.ones(len(window), np.float32))


def test_a_story_is_not_told_other_stages_of_its_matter(tmp_path):
    def stage(id_, title, day):
        return line(id_, f"{BRIDGE}. {FEAST}.", day, title=title)

    with hashing_base(tmp_path / "base", clusterer=by_title) as base:
        night(base, *(stage(f"b{n}", "It falls", 2) for n in range(2)),
              *(stage(f"a{n}", "It creaks", 1) for n in range(2)))  # fmt: skip
        base.add_watch(Watch("the bridge", story=story_of(base, "b0")))
        night(base, *(stage(f"t{n}", "A trial", 9) for n in range(2)),
              *(line(f"r{n}", ROBBERY, 9, title="Gold") for n in range(2)),
              stage("a2", "It creaks", 9))  # fmt: skip
        assert len(base.matters()) == 1
        assert told(base) == {}
        night(base, stage("b2", "It falls", 10))
        assert told(base) == {"the bridge": [["b2"]]}


def test_what_was_forgotten_is_neither_asked_for_nor_told(base):
    night(base, line("r2", f"{ROBBERY}. Police search.", 2))
    base.add_watch(Watch("the gold", articles=("r1", "r2")))
    night(base, line("r3", f"{ROBBERY}. A reward.", 3), line("r4", f"{ROBBERY}. Found.", 3))
    assert told(base) == {"the gold": [["r3", "r4"]]}
    base.forget(Selection(ids=("r1", "r3")))
    night(base, line("r5", f"{ROBBERY}. Five.", 4))
    assert told(base) == {"the gold": [["r5"]]}
    ids = [[new.id for new in entry.articles] for entry in base.watched("the gold").entries]
    assert ids == [["r5"], ["r4"]]


@pytest.mark.parametrize(
    ("watch", "error", "said"),
    [
        (Watch("none"), engine.InputError, "exactly one"),
        (Watch("both", text="a", story="s"), engine.InputError, "exactly one"),
        (Watch("", text="a"), engine.InputError, "a name of 1 to"),
        (Watch("a/b", text="a"), engine.InputError, "without a slash"),
        (Watch("a\nb", text="a"), engine.InputError, "a name of letters"),
        (Watch("mute", text="?!"), engine.InputError, "a letter or a digit"),
        (Watch("far", story="s-0"), engine.NotFoundError, "no story"),
        (Watch("far", articles=("x",)), engine.NotFoundError, "no article"),
        (Watch("far", text="a", sources=("Nobody",)), engine.NotFoundError, "Nobody"),
        (Watch("far", text="a", languages=("klingonese",)), engine.InputError, "klingonese"),
    ],
)
def test_what_cannot_be_watched_is_refused(base, watch, error, said):
    with pytest.raises(error, match=said):
        base.add_watch(watch)
    assert base.watches() == []


def test_names_are_distinct_and_addresses_checked(base):
    kept = base.add_watch(Watch("one", text="a bridge"), mail=["desk@example.org"])
    assert kept.ways == ("mail",)
    with pytest.raises(engine.InputError, match="there is a watch named 'one'"):
        base.add_watch(Watch("one", text="a bridge"))
    with pytest.raises(engine.InputError, match="a mail address"):
        base.add_watch(Watch("two", text="a bridge"), mail=["desk"])
    with pytest.raises(engine.InputError, match="http"):
        base.add_watch(Watch("two", text="a bridge"), webhook="ftp://example.org")
    assert base.remove_watch("one") == kept
    with pytest.raises(engine.NotFoundError, match="no watch named 'one'"):
        base.remove_watch("one")


def test_what_was_sent_is_not_sent_again_and_what_was_not_is(base):
    base.add_watch(
        Watch("the gold", articles=("r1",)),
        mail=["desk@example.org"],
        webhook="https://desk.example/hook",
    )
    posted, mailed, broken = [], [], ["it is full"]

    def mail(to, news):
        mailed.append((to, [sorted(new.id for new in one.articles) for one in news.entries]))
        return broken[0]

    def post(to, news):
        posted.append((to, len(news.entries)))
        return ""

    ways = {"mail": mail, "webhook": post}
    night(base, line("r2", f"{ROBBERY}. Police search.", 2))
    done = base.tell_watches(ways)
    assert done.problems == ("watch 'the gold' was not sent by mail: it is full",)
    night(base, line("r3", f"{ROBBERY}. A reward.", 3))
    broken[0] = ""
    assert base.tell_watches(ways).problems == ()
    base.tell_watches(ways)
    assert posted == [(("https://desk.example/hook",), 1)] * 2
    assert [said for _, said in mailed] == [[["r2"]], [["r3"], ["r2"]]]
    assert all(not one.unsent for one in kept_watch(base.layout, "the gold").told)


def test_an_altered_file_is_refused_and_found(base):
    base.add_watch(Watch("one", text="a bridge"))
    path = base.layout.watches
    assert path.stat().st_mode & 0o777 == 0o600
    path.write_bytes(path.read_bytes().replace(b"a bridge", b"a fridge"))
    with pytest.raises(engine.DamagedError, match="engine watches add"):
        base.watches()
    assert any("watches.json" in problem for problem in base.verify())
    assert base.briefing().watches == ()


TEXTS = st.text(max_size=20)
KEPT = st.builds(
    Kept,
    watch=st.builds(
        Watch,
        name=st.text(min_size=1, max_size=20),
        text=TEXTS,
        story=TEXTS,
        articles=st.lists(TEXTS).map(tuple),
        languages=st.lists(TEXTS).map(tuple),
        sources=st.lists(TEXTS).map(tuple),
        ways=st.lists(TEXTS).map(tuple),
        made=st.none() | st.datetimes(timezones=st.just(UTC)),
    ),
    targets=st.dictionaries(TEXTS, st.lists(TEXTS).map(tuple), max_size=2),
    last=st.integers(0),
    run=st.integers(0),
    stories=st.lists(TEXTS).map(tuple),
    known=st.frozensets(st.integers(1)),
    told=st.lists(
        st.builds(
            Told,
            at=st.datetimes(timezones=st.just(UTC)),
            run=st.integers(1),
            story=TEXTS,
            keys=st.lists(st.integers(1)).map(tuple),
            unsent=st.lists(TEXTS).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
)


@hypothesis.given(st.lists(KEPT, max_size=3, unique_by=lambda kept: kept.watch.name))
@hypothesis.settings(max_examples=20, deadline=None)
def test_what_is_kept_is_read_again(tmp_path_factory, watches):
    layout = Layout(tmp_path_factory.mktemp("kept") / "base")
    with writing(layout, command="test", create=True) as lock:
        keep_watches(lock, watches)
    assert list(kept_watches(layout).values()) == watches


def test_only_the_latest_entries_are_kept(base):
    base.add_watch(Watch("one", text="a bridge"))
    kept = kept_watch(base.layout, "one")
    noon = datetime(2023, 5, 1, 12, tzinfo=UTC)
    entries = [Told(noon, run, "", (run,)) for run in range(1, MOST_TOLD + 10)]
    with base._locked("test") as lock:
        keep_watches(lock, [replace(kept, told=tuple(entries))])
    assert [one.run for one in kept_watch(base.layout, "one").told][:1] == [10]
