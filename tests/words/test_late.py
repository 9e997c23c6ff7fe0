import re

import pytest
import regex

from engine.words.late import late, with_properties


@pytest.mark.parametrize("compile_", [re.compile, regex.compile, with_properties])
def test_a_late_pattern_finds_what_the_pattern_does(compile_):
    plain = compile_("(?P<one>o+)", re.IGNORECASE)
    found = late(compile_, "(?P<one>o+)", re.IGNORECASE)
    text = "No more fOOd"
    assert found.sub("_", text) == plain.sub("_", text)
    assert found.findall(text) == plain.findall(text)
    assert found.search(text)["one"] == plain.search(text)["one"]
    assert (found.pattern, found.flags) == (plain.pattern, plain.flags)


def test_properties_of_unicode_are_known():
    assert with_properties(r"\p{Greek}+").findall("no alpha, but άλφα") == ["άλφα"]


def test_it_is_made_at_its_first_use_and_once():
    made = []

    def compile_(pattern, flags):
        made.append((pattern, flags))
        return re.compile(pattern, flags)

    found = late(compile_, "a", re.ASCII)
    assert made == []
    assert found.match("a")
    assert found.match("a")
    assert not found.search("b")
    assert made == [("a", re.ASCII)]
