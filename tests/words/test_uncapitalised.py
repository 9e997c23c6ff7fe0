import pytest

from engine.words.uncapitalised import is_known_name, sounds_like


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("बोस्टन", "Boston"),
        ("ボストン", "Boston"),
        ("カリフォルニア", "California"),
        ("كاليفورنيا", "California"),
        ("ومدريد", "Madrid"),
        ("במדריד", "Madrid"),
        ("바르셀로나에서", "Barcelona"),
        ("ロンドン", "London"),
    ],
)
def test_a_name_is_known_by_its_sound(word, name):
    assert sounds_like(word, name)


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("करने", "Clarion"),
        ("ローマ", "Rome"),
        ("وقد", "West"),
        ("غرب", "Globe"),
        ("ボストン", "Houston"),
        ("नगर", "Michael"),
    ],
)
def test_words_that_are_alike_by_chance_are_not(word, name):
    assert not sounds_like(word, name)


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("习近平", "zh"),
        ("伦敦", "zh"),
        ("東京", "ja"),
        ("미국의", "ko"),
        ("بالمكسيك", "ar"),
        ("ไทย", "th"),
    ],
)
def test_places_and_what_the_chinese_dictionary_names_are_names(word, language):
    assert is_known_name(word, language)


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("火山", "zh"),
        ("火山", "ja"),
        ("지진이", "ko"),
        ("حكومة", "ar"),
        ("世界", "zh"),
        ("明星", "zh"),
    ],
)
def test_other_words_are_none(word, language):
    assert not is_known_name(word, language)
