"""Who wrote an article, as pages, feeds, mails and exports spell it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from engine.reading.cleaning.cleaner import clean_title

LONGEST: Final = 300
"""Characters of all names; longer ones are text in the wrong field."""

_LONGEST_NAME: Final = 80
_MOST_NAMES: Final = 20
_BY: Final = re.compile(r"^by\s+", re.IGNORECASE)
_NO_NAME: Final = re.compile(r"//|www\.|^\S+[@/.]\S*\.\S+$|^[\W\d_]*$")
"""Addresses of profiles, mailboxes and sites, and numbers: many sites put them there."""

_MAILED: Final = re.compile(r"^\S+@\S+\s*\((.+)\)$|^(.+?)\s*<\S+@\S+>$")
"""``desk@echo.example (Ada Lovelace)``, as RSS asks for, and the form of mails."""


def author_of(value: object) -> str:
    """Return the names in `value`, separated by commas; empty where it holds none.

    Parameters
    ----------
    value
        Text, an object with a name, or a list of these. What cannot be read as a name is
        left out: no article is worth less for its author line.
    """
    names = list(dict.fromkeys(_names(value)))[:_MOST_NAMES]
    joined = ", ".join(names)
    return joined if len(joined) <= LONGEST else ""


def _names(value: object) -> Iterator[str]:
    for part in value[:_MOST_NAMES] if isinstance(value, list) else [value]:
        text = part.get("name") if isinstance(part, Mapping) else part
        if not isinstance(text, str) or len(text) > LONGEST:
            continue
        mailed = _MAILED.match(text.strip())
        name = (mailed[1] or mailed[2]) if mailed else text
        name = _BY.sub("", clean_title(name.replace("\0", "")).strip(" ,;|\"'"))
        if name and not _NO_NAME.search(name) and name.isprintable():
            yield name
