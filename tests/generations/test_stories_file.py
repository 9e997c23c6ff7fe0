import gc
import json
from dataclasses import replace

import pytest

from engine.generations.stories_file import decode_stories, encode_stories
from tests.generations.cases import story


def test_names_are_kept():
    named = replace(story(), names=("Łódź", "Казань"))
    assert list(decode_stories(encode_stories([named, story(2)])).values()) == [named, story(2)]


def test_a_story_of_before_names_has_none():
    values = json.loads(encode_stories([replace(story(), names=("Lund",))]))
    del values["names"]
    assert list(decode_stories(json.dumps(values).encode()).values()) == [story()]


def test_stories_that_are_known_are_not_made_again():
    before = decode_stories(encode_stories([story(1), story(2)]))
    now = decode_stories(encode_stories([replace(story(1), headline="Other"), story(2)]), before)
    assert [one.headline for one in now.values()] == ["Other", story(2).headline]
    assert list(now.values())[1] is list(before.values())[1]


def test_garbage_is_looked_for_again_also_after_stories_that_cannot_be_decoded():
    with pytest.raises(json.JSONDecodeError):
        decode_stories(b"{")
    assert gc.isenabled()


def test_who_looks_for_no_garbage_is_left_so():
    gc.disable()
    try:
        decode_stories(encode_stories([story()]))
        assert not gc.isenabled()
    finally:
        gc.enable()
