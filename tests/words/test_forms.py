import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.words.cldr import places
from engine.words.forms import (
    _may_be_place,
    _starts_of_places,
    bases,
    forms_of_one,
    joins,
    place_of,
    script_of,
    words_apart,
)


@pytest.mark.parametrize(
    ("word", "base"),
    [
        ("والحكومة", "حكومة"),
        ("بالصين", "الصين"),
        ("للصين", "الصين"),
        ("ولندن", "لندن"),
        ("ובירושלים", "ירושלים"),
        ("서울에서", "서울"),
        ("지진이", "지진"),
    ],
)
def test_little_words_come_off(word, base):
    assert base in bases(word)
    assert bases(word)[0] == word
    assert joins(word)


@pytest.mark.parametrize("word", ["ولد", "בית", "아이", "harbour", "вода", "火山"])
def test_short_words_and_other_scripts_stay_whole(word):
    assert bases(word) == (word,)


def test_a_script_that_joins_no_words_is_told_apart():
    assert not any(map(joins, ["harbour", "вода", "火山"]))


@given(st.text("والبكفسمנושהבלכ한국에서은는의", min_size=1, max_size=9))
def test_a_base_is_part_of_the_word_or_has_its_article(word):
    for base in bases(word):
        assert base in word or base.removeprefix("ال") in word
    assert joins(word) or bases(word) == (word,)


@given(st.text(min_size=1, max_size=6))
def test_only_a_script_that_joins_words_has_other_bases(word):
    assert joins(word) or bases(word) == (word,)


@pytest.mark.parametrize(
    ("words", "language", "n_groups"),
    [
        (["election", "elections", "electoral"], "en", 1),
        (["الحكومة", "والحكومة", "للحكومة"], "ar", 1),
        (["지진이", "지진으로", "지진"], "ko", 1),
        (["대통령이", "대통령은"], "ko", 1),
        (["austria", "australia"], "en", 2),
        (["总统", "总理"], "zh", 2),
        (["경찰", "경제"], "ko", 2),
        (["mexico", "mexican"], "en", 1),
    ],
)
def test_forms_of_one_word_are_one_group(words, language, n_groups):
    assert len(forms_of_one(words, [language], lambda _: [language], {})) == n_groups


def test_one_place_in_many_languages_is_one_word():
    spoken = {"germany": ["en"], "duitsland": ["nl"], "德国": ["zh"], "germania": ["it"]}
    languages = [language for own in spoken.values() for language in own]
    assert len(forms_of_one(spoken, languages, spoken.__getitem__, {})) == 1


@pytest.mark.parametrize("language", ["en", "de", "ru", "ar", "zh", "tr", "el", "ka"])
def test_a_word_that_begins_as_no_place_does_is_none(language):
    starts = _starts_of_places(frozenset([language]))
    known = [*places(language), *(name.title() for name in places(language))]
    for word in [*known, *(f"{name}s" for name in known), *(name[:5] for name in known), "straße"]:
        assert _may_be_place(word, starts) or not place_of(word, language)


@pytest.mark.parametrize(
    ("text", "script"), [("5 Kazan", "LATIN"), ("«Казань", "CYRILLIC"), ("7", ""), ("", "")]
)
def test_the_script_is_that_of_the_first_letter(text, script):
    assert script_of(text) == script


WORDS = (
    "german", "germany", "germanic", "deutschland", "mill", "mills", "milling", "mi", "пожар",
    "пожара", "زلزال", "بالزلزال", "بmill", "서울에서", "서울", "北京", "o'neill", "oneill",
)  # fmt: skip


@given(
    st.lists(st.sampled_from(WORDS), unique=True),
    st.sets(st.sampled_from(["en", "de", "ar", "ko", "zh"]), min_size=1),
    st.dictionaries(st.sampled_from(WORDS), st.sampled_from(WORDS), max_size=2),
)
def test_words_apart_are_groups_of_their_own_whatever_the_others_are(words, languages, same_as):
    groups = forms_of_one(words, languages, lambda _: sorted(languages), same_as)
    apart = words_apart(words, languages, {*same_as, *same_as.values()})
    others = [word for word in words if word not in apart]
    rest = forms_of_one(others, languages, lambda _: sorted(languages), same_as)
    assert sorted(groups) == sorted([*rest, *([word] for word in apart)])


def test_most_words_that_begin_as_no_other_are_apart():
    assert words_apart(["harbour", "strike", "strikes", "pожар"], ["en"], ()) == {"harbour"} | {
        "pожар"
    }
    assert words_apart(["harbour", "norway"], ["en"], ["harbour"]) == set()
