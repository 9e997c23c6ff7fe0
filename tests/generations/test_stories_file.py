import gc
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.domain import Origin, OriginKind
from engine.errors import DamagedError
from engine.generations.stories_file import (
    Stories,
    decode_stories,
    encode_stories,
    lines_of,
    story_to_dict,
)
from tests.generations.cases import story

TEXTS = st.text(max_size=12) | st.sampled_from(
    ['"], "headline": "', '", "article_ids": ["', '], "strengths": [', '", "', "\\", '\\"', "\n"]
)


def read(stories, known=None):
    return Stories(encode_stories(stories), "g", known)


@st.composite
def partitions(draw):
    """Give stories of which each has other articles."""
    labels = draw(st.lists(st.integers(0, 3), max_size=6))
    members: dict[int, list[str]] = {label: [] for label in sorted(set(labels))}
    for place, label in enumerate(labels):
        members[label].append(f"a{place}")
    return [
        replace(story(label), article_ids=tuple(ids), strengths=(1.0,) * len(ids))
        for label, ids in members.items()
    ]


def test_names_are_kept():
    named = replace(story(), names=("Łódź", "Казань"))
    assert list(read([named, story(2)]).values()) == [named, story(2)]


def test_a_story_of_before_names_has_none():
    values = json.loads(encode_stories([replace(story(), names=("Lund",))]))
    del values["names"]
    assert list(Stories(json.dumps(values).encode(), "g").values()) == [story()]


def test_stories_that_are_known_are_not_made_again():
    before = read([story(1), story(2)])
    kept = before[story(2).id]
    now = read([replace(story(1), headline="Other"), story(2)], before)
    assert [one.headline for one in now.values()] == ["Other", story(2).headline]
    assert now[story(2).id] is kept


@given(partitions(), partitions())
def test_the_story_of_each_article_follows_what_changed(before, now):
    before, now = read(before), read(now)
    assert before.by_article == of_each_article(before)
    following = read(list(now.values()), before)
    assert following.by_article == of_each_article(now)
    assert set(map(id, following.by_article.values())) == set(map(id, following.values()))
    assert before.by_article == of_each_article(before)


def of_each_article(stories):
    return {id_: one for one in stories.values() for id_ in one.article_ids}


def test_a_story_is_made_once_however_it_is_asked_for():
    found = read([story(1), story(2)])
    one = found[story(2).id]
    assert list(found.values())[1] is one is found[story(2).id]
    assert list(found) == [story(1).id, story(2).id]
    assert story(2).id in found
    assert "none" not in found


@given(
    st.lists(
        st.builds(
            replace,
            st.just(story()),
            id=TEXTS,
            article_ids=st.lists(TEXTS, max_size=4).map(tuple),
            headline=TEXTS,
            languages=st.lists(TEXTS, max_size=3).map(tuple),
            sources=st.lists(TEXTS, max_size=3).map(tuple),
            keywords=st.lists(TEXTS, max_size=3).map(tuple),
            names=st.lists(TEXTS, max_size=3).map(tuple),
        ),
        max_size=4,
        unique_by=lambda one: one.id,
    )
)
def test_a_head_says_what_its_story_does(stories):
    found = read(stories)
    for head, one in zip(found.heads.values(), stories, strict=True):
        assert (head.id, head.languages, head.sources) == (one.id, one.languages, one.sources)
        assert head.n_articles == len(one.article_ids)
    assert list(found.values()) == stories


def test_the_head_of_a_line_in_another_order_is_the_same():
    values = json.loads(encode_stories([story()]))
    turned = json.dumps(dict(reversed(values.items()))).encode()
    assert Stories(turned, "g").heads == read([story()]).heads
    among = encode_stories([story(2)]) + turned + b"\n" + encode_stories([story(3)])
    assert Stories(among, "g").heads == read([story(2), story(1), story(3)]).heads


def test_a_line_that_is_no_story_is_damage_and_garbage_is_looked_for_again():
    for content in (b"{", b"{},{}", encode_stories([story()]) + b"{}"):
        with pytest.raises(DamagedError):
            Stories(content, "g")
    assert gc.isenabled()


def test_a_story_without_its_members_is_damage_once_it_is_asked_for():
    content = encode_stories([story()]).replace(b'"strengths": [', b'"strengths": [}')
    found = Stories(content, "g")
    with pytest.raises(DamagedError):
        found[story().id]


def test_who_looks_for_no_garbage_is_left_so():
    gc.disable()
    try:
        read([story()]).values()
        assert not gc.isenabled()
    finally:
        gc.enable()


ORIGINS = st.builds(
    Origin,
    kind=st.sampled_from(OriginKind),
    of=TEXTS,
    outlet=st.sampled_from(["}, {", '"}, {"', "}]}", '], "origins": [{', "Post"]),
)


@given(st.lists(st.lists(ORIGINS, max_size=4).map(tuple), max_size=4))
def test_stories_are_what_was_encoded_whatever_their_outlets_are_called(origins):
    stories = [replace(story(), origins=one) for one in origins]
    content = encode_stories(stories)
    assert decode_stories(content, "g") == stories
    assert [json.loads(line)["origins"] for line in content.splitlines()] == [
        [one.to_dict() for one in some] for some in origins
    ]


def test_origins_are_decoded_at_once_unless_an_outlet_is_called_as_what_parts_them(monkeypatch):
    def refused(text, known):
        raise KeyError(text)

    monkeypatch.setattr("engine.generations.stories_file._read_origin", refused)
    of = [replace(story(n), origins=(Origin(OriginKind.COPY, of=f"a{n}"),)) for n in (1, 2)]
    assert decode_stories(encode_stories(of), "g") == of
    named = [replace(of[0], origins=(Origin(OriginKind.COPY, outlet="}, {"),)), of[1]]
    with pytest.raises(DamagedError):  # they are read one by one, which is refused here
        decode_stories(encode_stories(named), "g")


def test_what_was_read_is_written_as_it_was(monkeypatch):
    content = encode_stories([story(1), story(2)])
    before = decode_stories(content, "g")
    changed = replace(before[0], headline="Other")
    lines = lines_of(before, content)
    expected = encode_stories([before[1], changed])
    monkeypatch.setattr("engine.generations.stories_file.story_to_dict", _encoded_once(changed))
    assert encode_stories([before[1], changed], lines) == expected


def _encoded_once(one):
    """Return what encodes that story and refuses all others."""

    def encode(asked):
        assert asked is one
        return story_to_dict(asked)

    return encode


def test_lines_in_another_form_are_written_anew():
    values = json.loads(encode_stories([story()]))
    del values["names"]
    content = json.dumps(values).encode()
    before = decode_stories(content, "g")
    assert lines_of(before, content) == {}
    assert encode_stories(before, lines_of(before, content)) == encode_stories([story()])
