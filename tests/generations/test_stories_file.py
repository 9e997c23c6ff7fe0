import json
from dataclasses import replace

from engine.generations.stories_file import decode_stories, encode_stories
from tests.generations.cases import story


def test_names_are_kept():
    named = replace(story(), names=("Łódź", "Казань"))
    assert decode_stories(encode_stories([named, story(2)])) == [named, story(2)]


def test_a_story_of_before_names_has_none():
    values = json.loads(encode_stories([replace(story(), names=("Lund",))]))
    del values["names"]
    assert decode_stories(json.dumps(values).encode()) == [story()]
