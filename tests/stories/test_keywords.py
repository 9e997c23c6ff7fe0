import numpy as np
import pytest

from engine.domain import Clustering
from engine.same_event.window import Window
from engine.stories.description import describe
from engine.workers.local import LocalExecutor

OTHERS = {
    "en": "People talked of the weather on {} and went home",
    "ar": "تحدث الناس عن الطقس {} ثم عادوا إلى البيت",
    "ko": "사람들은 날씨 이야기를 했다 {}",
    "zh": "人们谈论天气 {} 然后回家了",
    "ja": "人々は天気の話をした {}",
    "ru": "Люди говорили о погоде {} и пошли домой",
}


def story_of(rows):
    """Return the story of texts with their languages; the first is in the middle."""
    others = [
        (text.format(word), language)
        for language, text in OTHERS.items()
        for word in ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
    ]
    texts, languages = zip(*rows, *others, strict=True)
    vectors = np.zeros((len(texts), len(texts) + 1), np.float32)
    vectors[:, 0] = 0.6
    vectors[np.arange(len(texts)), np.arange(len(texts)) + 1] = 0.8
    vectors[0] = 0
    vectors[0, 0] = 1
    window = Window(
        list(texts), [""] * len(texts), languages, [""] * len(texts), np.zeros(len(texts)), vectors
    )
    labels = np.full(len(texts), -1)
    labels[: len(rows)] = 0
    clustering = Clustering(labels, np.ones(len(texts), np.float32))
    (story,) = describe(
        window, clustering, [f"{row:03}" for row in range(len(texts))], ["s-0"], LocalExecutor()
    )
    return story


def test_one_word_is_one_keyword_without_what_is_joined_to_it():
    arabic = story_of([("زلزال قرب المدينة", "ar"), ("قتلى بالزلزال", "ar"), ("بعد الزلزال", "ar")])
    assert arabic.keywords == ("زلزال",)
    korean = story_of([("지진이 발생", "ko"), ("지진으로 피해", "ko"), ("지진의 원인", "ko")])
    assert korean.keywords == ("지진",)


def test_months_and_days_are_no_keywords_and_no_names():
    rows = [("A volcano on Tuesday in March near Brenna", "en")] * 3
    story = story_of(rows)
    assert "volcano" in story.keywords
    assert not {"tuesday", "march"} & set(story.keywords)
    assert story.names == ("Brenna",)


def test_of_words_that_tell_as_much_the_language_of_the_headline_comes_first():
    rows = [
        ("Вулкан извергается возле Бренны", "ru"),
        ("Вулкан извергается снова", "ru"),
        ("Again a volcano erupts", "en"),
        ("Yet a volcano erupts", "en"),
    ]
    assert story_of(rows).keywords[:2] == ("вулкан", "извергается")
    assert story_of([*rows[2:], *rows[:2]]).keywords[:2] == ("volcano", "erupts")


def test_a_name_in_two_scripts_is_a_keyword_in_that_of_the_headline():
    rows = [("ハルムスタードの橋が崩落", "ja"), ("The bridge of Halmstad fell", "en")]
    story = story_of(rows)
    assert story.keywords == story.names == ("ハルムスタード",)


@pytest.mark.parametrize(
    ("rows", "name"),
    [
        ([("墨西哥火山喷发", "zh"), ("a volcano is in Mexico", "en")], "墨西哥"),
        ([("a volcano is in Mexico", "en"), ("墨西哥火山喷发", "zh")], "Mexico"),
        ([("भूकंप बोस्टन में", "hi"), ("a quake in Boston", "en")], "बोस्टन"),
        ([("习近平访问基地", "zh"), ("习近平抵达", "zh")], "习近平"),
    ],
)
def test_a_name_is_written_as_the_headline_writes(rows, name):
    assert story_of(rows).names == (name,)
