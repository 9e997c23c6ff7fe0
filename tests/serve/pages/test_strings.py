"""What the pages say: the same in every language, and all of it used."""

import re
from pathlib import Path
from string import Formatter

import pytest

from engine.serve.pages.strings import LANGUAGES, strings, wanted_language

PAGES = Path(__file__).resolve().parents[3] / "engine" / "serve" / "pages"


def fields(text):
    return sorted(name for _, name, _, _ in Formatter().parse(text) if name)


def test_every_language_says_everything_with_the_same_values():
    english, *others = (strings(language).said for language in LANGUAGES)
    for other in others:
        assert other.keys() == english.keys()
        for key, text in english.items():
            assert fields(other[key]) == fields(text), key


def test_everything_that_is_said_is_known_and_used():
    sources = [*PAGES.glob("templates/*.html"), *PAGES.glob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r"""\bt\(\s*f?['"]([\w.-]*)['"{]""", text))
    named |= set(re.findall(r"'((?:story|filter)\.[\w-]+)'", text)) | {
        "today",
        "night",
        "coverage",
        "watches",
        "base",
        "label",
    }
    whole = {key for key in named if not key.endswith(".")}
    begun = tuple(key for key in named if key.endswith("."))
    known = strings("en").said
    assert {key for key in whole if key not in known} <= {"correct"}
    unused = {
        key for key in known if key.removesuffix(".one") not in whole and not key.startswith(begun)
    }
    assert unused <= {"key"}


def test_one_thing_is_said_in_the_singular():
    said = strings("nl")
    assert (said("articles", n=1), said("articles", n=2)) == ("1 artikel", "2 artikelen")


@pytest.mark.parametrize(
    ("accepted", "chosen", "language"),
    [
        ("nl-BE,nl;q=0.9,en;q=0.8", None, "nl"),
        ("de,en;q=0.3,nl;q=0.5", None, "nl"),
        ("de;q=0.9", None, "en"),
        ("", None, "en"),
        ("nl;q=much,en", None, "en"),
        ("nl", "en", "en"),
        ("nl", "tlh", "nl"),
    ],
)
def test_readers_get_the_language_they_ask_for(accepted, chosen, language):
    assert wanted_language(accepted, chosen) == language
