"""What the pages say, in the languages of their readers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

LANGUAGES = ENGLISH, DUTCH = ("en", "nl")
"""Languages of the pages, the first for readers who ask for none of them."""


@dataclass(frozen=True, slots=True)
class Strings:
    """What the pages say in one language.

    Attributes
    ----------
    language
        ISO 639-1 code.
    said
        The texts by their key; ``KEY.one`` is said where there is one of a thing.
    """

    language: str
    said: Mapping[str, str]

    def __call__(self, key: str, n: int | str | None = None, **values: object) -> str:
        """Return the text of a key with its values filled in.

        Raises
        ------
        KeyError
            There is no such text.
        """
        form = f"{key}.one" if n == 1 and f"{key}.one" in self.said else key
        return self.said[form].format(n=n, **values)


@lru_cache
def strings(language: str) -> Strings:
    """Return what the pages say in one of `LANGUAGES`."""
    content = files("engine.serve.pages").joinpath("strings.tsv").read_text(encoding="utf-8")
    _, *rows = (line.split("\t") for line in content.splitlines())
    place = 1 + LANGUAGES.index(language)
    return Strings(language, {row[0]: row[place] for row in rows})


def wanted_language(accepted: str, chosen: str | None) -> str:
    """Return the language for a reader.

    Parameters
    ----------
    accepted
        The header ``Accept-Language`` (RFC 9110, 12.5.4).
    chosen
        What the reader chose before; anything else than one of `LANGUAGES` counts as nothing.
    """
    if chosen in LANGUAGES:
        return chosen
    best, most = ENGLISH, 0.0
    for part in accepted.split(","):
        name, _, weight = part.partition(";q=")
        code = name.strip().lower().partition("-")[0]
        try:
            wish = float(weight) if weight else 1.0
        except ValueError:
            continue
        if code in LANGUAGES and wish > most:
            best, most = code, wish
    return best
