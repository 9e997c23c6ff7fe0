"""Makes engine/words/calendar.tsv: the months and weekdays of every language, from CLDR by Babel.

Babel unpacks the data of all countries where a language is spoken, which takes a tenth of a
second for English; one question asks for several languages. Needs nothing but the engine:

    python scripts/calendar_words.py
"""

from collections.abc import Iterator
from pathlib import Path

from babel import Locale, __version__
from babel.localedata import locale_identifiers

from engine.words.cldr import locales

ENGINE = Path(__file__).resolve().parents[1] / "engine"
TARGET = ENGINE / "words" / "calendar.tsv"
LANGUAGES = ENGINE / "reading" / "languages.tsv"


def calendar_words(language: str) -> set[str]:
    """Return the months and weekdays of `language` wherever it is spoken, as it writes them.

    Whole and shortened, by themselves and within a date; without the period of a shortened
    one.
    """
    found = {
        name.rstrip(".")
        for locale in locales(language)
        for kinds in (locale.months, locale.days)
        for context in ("format", "stand-alone")
        for width in ("wide", "abbreviated")
        for name in kinds[context][width].values()
    }
    # The words of those of several ("first day" in Hebrew) are in everything else, too.
    return {name for name in found if len(name.split()) == 1}


def main() -> None:
    """Write the table anew."""
    lines = (f"{language}\t{' '.join(sorted(words))}\n" for language, words in rows())
    TARGET.write_text(f"# Babel {__version__}\n{''.join(lines)}", encoding="utf-8")
    print(TARGET)


def rows() -> Iterator[tuple[str, set[str]]]:
    """Yield each language that the engine or CLDR knows, and its words, where it has any."""
    known = LANGUAGES.read_text(encoding="utf-8").splitlines()
    languages = {line.partition("\t")[0] for line in known if not line.startswith("#")}
    languages |= {Locale.parse(name).language for name in locale_identifiers()}
    for language in sorted(languages):
        if words := calendar_words(language):
            yield language, words


if __name__ == "__main__":
    main()
