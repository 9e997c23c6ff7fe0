"""The lines of a page in the order in which they are read, furniture left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

HEADINGS: Final = frozenset(("h1", "h2", "h3", "h4", "h5", "h6"))

INLINE: Final = frozenset(
    ("a", "abbr", "b", "bdi", "cite", "em", "font", "i", "mark", "q", "s", "small", "span",
     "strong", "sub", "sup", "time", "u", "wbr")
)  # fmt: skip
"""Elements that do not break the line."""

_SILENT: Final = frozenset(
    ("head", "script", "style", "svg", "noscript", "iframe", "nav", "aside", "footer", "button",
     "template", "select")
)  # fmt: skip
"""Elements whose text is not the page's own."""

_MOST_PIECES: Final = 50_000
"""Starts and ends of elements that are looked at; news pages have 8,000 at most."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page.

    Attributes
    ----------
    tag
        Element that it is in, without inline ones.
    text
        One line; of a ``time`` element its machine-readable time.
    is_time
        Whether it is such a time.
    """

    tag: str
    text: str
    is_time: bool = False

    @property
    def is_heading(self) -> bool:
        """Whether it is a heading."""
        return self.tag in HEADINGS


def lines_of(tree: Any) -> Iterator[Line]:  # noqa: ANN401 - an lxml tree, untyped
    """Yield the lines at the start of `tree`; times stand before the line that shows them."""
    parts: list[str] = []
    blocks = ["body"]
    for event, element, text in islice(_pieces(tree), _MOST_PIECES):
        if element.tag not in INLINE:
            line = " ".join("".join(parts).split())
            parts.clear()
            if line:
                yield Line(blocks[-1], line)
            if event == "start":
                blocks.append(element.tag)
            elif event == "end":
                blocks.pop()
        elif event == "start" and element.tag == "time" and element.get("datetime"):
            yield Line("time", element.get("datetime"), is_time=True)
        parts.append(text)


def _pieces(tree: Any) -> Iterator[tuple[str, Any, str]]:  # noqa: ANN401
    """Yield (event, element, text that follows) of what is not silent."""
    from lxml import etree  # in the extra for pages

    silent_by: Any = None
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if silent_by is None and event == "start" and element.tag in _SILENT:
            silent_by = element
        elif silent_by is None:
            yield event, element, (element.text if event == "start" else element.tail) or ""
        elif silent_by is element:
            silent_by = None
            yield "after", element, element.tail or ""
