"""Finds the text of the article in a page."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final

from engine.errors import MissingExtraError

HINT: Final = "reading pages needs more packages: pip install 'news-story-engine[html]'"

_FURNITURE: Final = (
    "script", "style", "svg", "iframe", "select", "input", "canvas", "video", "audio", "object",
    "picture", "img", "button",
)  # fmt: skip
"""Elements without text of the article; without them the extractor has half to look at."""

_MOSTLY_FURNITURE: Final = ("noscript", "template", "nav", "footer", "aside", "menu", "form")
"""Elements that some pages put the article into: unclosed, hidden from scripts or by mistake."""

_ONLY_IF_HOLDING: Final = frozenset(("aside", "menu", "form"))
"""Those that are left to the extractor unless they hold the article."""

_HOLDS: Final = 0.25
"""Share of the page's prose from which an element is no furniture. A trial of the reviewers on two
public benchmarks gained .002 of F1 and lost nothing."""

_PARAGRAPH: Final = 80
"""Characters of a paragraph that is prose and no caption or link."""

_COMPLETE: Final = 0.55
"""Share of the page's prose that the quick pass must give to be believed. On 258 news pages F1
was 0.941 without the check and 0.951 with it, for a dozen pages that take a second look."""

_MOST_ELEMENTS: Final = 8_000
"""Elements up to which the thorough extractor, some of whose steps are quadratic, is asked; news
pages have 4,000 at most."""

_MOST_PARAGRAPHS: Final = 5000
"""Paragraphs that are weighed; to look for what each stands in takes as long as a page is deep."""

_DEEPEST_TABLE: Final = 10
"""Tables around a table; the extractor's time grows with the square of their number."""

_SHORTEST: Final = 300
"""Characters below which the quick pass is not believed."""


def main_text(tree: Any) -> str:  # noqa: ANN401 - an lxml tree, untyped
    """Return the article's paragraphs, tables and lists, one a line, empty when none are found.

    Parameters
    ----------
    tree
        The page; it is taken apart.

    Raises
    ------
    MissingExtraError
        If trafilatura is not installed.
    """
    try:
        from trafilatura import extract
    except ImportError as error:
        raise MissingExtraError(HINT) from error
    for element in list(tree.iter(*_FURNITURE)):
        _remove(element)
    _prune(tree)
    for table in tree.xpath(f"//table[count(ancestor::table) > {_DEEPEST_TABLE}]"):
        table.tag = "div"
    paragraphs = [text for _, text in _paragraphs(tree)]
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        return "\n".join(paragraphs)
    text = extract(tree, fast=True, include_comments=False, include_tables=True) or ""
    if len(text) < max(_SHORTEST, _COMPLETE * sum(map(len, paragraphs))):
        fuller = extract(tree, include_comments=False, include_tables=True) or ""
        text = max(text, fuller, key=len)
    return str(text)


def _paragraphs(tree: Any) -> list[tuple[Any, str]]:  # noqa: ANN401
    """Return the paragraphs of prose; one that holds others is none."""
    found = ((element, _text(element)) for element in tree.iter("p") if not _holds_other(element))
    return [(element, text) for element, text in found if len(text) >= _PARAGRAPH]


def _holds_other(element: Any) -> bool:  # noqa: ANN401
    return element.find(".//p") is not None


def _text(element: Any) -> str:  # noqa: ANN401
    return " ".join("".join(element.itertext()).split())


def _prune(tree: Any) -> None:  # noqa: ANN401
    """Take furniture out; what holds the article becomes a plain element instead."""
    paragraphs = _paragraphs(tree)[:_MOST_PARAGRAPHS]
    inside: dict[Any, list[str]] = defaultdict(list)
    for paragraph, text in paragraphs:
        for ancestor in paragraph.iterancestors(*_MOSTLY_FURNITURE):
            inside[ancestor].append(text)
    texts = [text for _, text in paragraphs]
    least = _HOLDS * sum(map(len, texts))
    for element in list(tree.iter(*_MOSTLY_FURNITURE)):
        own = inside.get(element, [])
        if own and sum(map(len, own)) > least and not _is_copy(element, own, texts):
            element.tag = "div"
            element.attrib.clear()  # names such as "nav" would let the extractor take it out
        elif element.tag not in _ONLY_IF_HOLDING:
            _remove(element)


def _is_copy(element: Any, own: list[str], all_texts: list[str]) -> bool:  # noqa: ANN401
    """Tell whether a hidden element says again what the page shows."""
    if element.tag not in ("noscript", "template"):
        return False
    return all(all_texts.count(text) > own.count(text) for text in own[:3])


def _remove(element: Any) -> None:  # noqa: ANN401
    """Take `element` out, keeping the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
    parent.remove(element)
