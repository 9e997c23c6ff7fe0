"""Tells the lead of an article that only subscribers may read from a whole article."""

from __future__ import annotations

from typing import Final

from engine.reading.cleaning.cleaner import clean

LONGEST_STUB: Final = 1500
"""Characters of a lead, as of a page that holds no article (`pages/kinds.py`). Of 258 pages 29 say
that they are not free and are whole, the shortest with 1,634; one is a stub, with 510."""

NOT_FREE: Final = "isAccessibleForFree: false"
"""The line that stands for a page's own statement at the end of a raw text; cleaning cuts it."""


def is_stub(raw: str) -> bool:
    """Tell whether a text before cleaning is a lead behind which a paywall stands.

    It is short, and a line that cleaning cuts as a paywall's follows most of it: one above
    the text, where whole articles ask their readers to log in, says nothing.
    """
    cleaned = clean(raw)
    walls = [cut.line for cut in cleaned.cuts if cut.rule == "paywall"]
    if not walls or len(cleaned.text) > LONGEST_STUB:
        return False
    lines = cleaned.repaired.split("\n")
    gone = {cut.line for cut in cleaned.cuts if not cut.after}
    sizes = [0 if number in gone else len(line) for number, line in enumerate(lines, start=1)]
    return sum(sizes[: walls[-1]]) > sum(sizes[walls[-1] :])
