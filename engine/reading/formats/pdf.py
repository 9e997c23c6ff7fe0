"""Reads a PDF document as one article: its headline, and its paragraphs put together again."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, takewhile
from logging import ERROR, getLogger
from typing import Any, BinaryIO, Final

import regex

from engine.domain import Reject
from engine.errors import MissingExtraError
from engine.reading.pages.headlines import letters
from engine.reading.records import Record

LARGEST: Final = 32 * 1024 * 1024
"""Bytes of a document."""

MOST_PAGES: Final = 50
"""Pages of a document; longer ones are reports or whole newspapers, not an article."""

MOST_STEPS: Final = 100_000
"""Steps of drawing that are followed; a page of text takes a thousand or so, each some 25 us."""

LARGEST_DRAWING: Final = 2 * 1024 * 1024
"""Bytes in which all pages are drawn, unpacked; a page of text takes some thousand."""

_EDGE: Final = 3
"""Lines from either end of a page within which its header or footer stands."""

_LARGER: Final = 1.15
"""Times the size of most text from which a line is a heading: 12 points in a text of 10."""

_FULL: Final = 0.75
"""Share of the longest line's length below which a line that ends a sentence ends a paragraph."""

_FILE_NAME: Final = regex.compile(
    r"^Microsoft \w+ - |\.(?:docx?|indd|odt|pdf|pptx?|qxp|tex)$|^untitled", regex.IGNORECASE
)
"""Titles that programs give to documents."""

_APART: Final = 1.4
"""Times the usual distance of lines from which a new paragraph starts."""

_SENTENCE_END: Final = regex.compile(r"[.!?…。！？؟।:][\"'”’»“)\]]*$")

_HYPHENS: Final = ("-", "\u2010", "\u00ad")
"""Signs at the end of a line that divide a word."""

_SIGNS: Final = "\"'.,;:!?()[]“”„‘’«»"


class _TooMuchError(ValueError):
    """More is drawn than is followed."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a page; its letters' largest size and its distance from the top, in points."""

    text: str
    size: float
    height: float


def read_pdf(stream: BinaryIO, name: str) -> Iterator[Record | Reject]:
    """Yield the article in `stream`. It has no date: the one of the file is not the article's.

    Raises
    ------
    MissingExtraError
        If pypdf is not installed.
    """
    try:
        from pypdf import PdfReader
    except ImportError as error:
        raise MissingExtraError(
            "reading PDF documents needs one more package: pip install 'news-story-engine[pdf]'"
        ) from error
    data = stream.read(LARGEST + 1)
    if len(data) > LARGEST:
        yield Reject(name, 0, "", f"the document is larger than {LARGEST >> 20} MiB")
        return
    getLogger("pypdf").setLevel(ERROR)  # what it thinks of the file is no news
    try:
        found = _record(PdfReader(io.BytesIO(data)), name)
    except Exception as error:  # noqa: BLE001 - pypdf meets damage with whatever error it causes
        found = Reject(name, 0, "", f"the PDF document cannot be read: {error}")
    yield found


def _record(document: Any, name: str) -> Record | Reject:  # noqa: ANN401 - imported where it runs
    if document.is_encrypted and not document.decrypt(""):
        return Reject(name, 0, "", "is a PDF document that a password locks")
    n_pages = len(document.pages)
    if n_pages > MOST_PAGES:
        return Reject(name, 0, "", f"has {n_pages} pages; at most {MOST_PAGES} are one article")
    if any(size > LARGEST_DRAWING for size in accumulate(_sizes(document))):
        return Reject(name, 0, "", f"is drawn in more than {LARGEST_DRAWING >> 20} MiB")
    pages = without_repeats(_lines_of(document))
    lines = [line for page in pages for line in page]
    if not lines:
        return Reject(name, 0, "", "is a PDF document without text; a scan needs OCR first")
    stated = (document.metadata or {}).get("/Title")
    title, text = headline(lines, pages[0], str(stated or "").strip())
    values = {
        "title": title,
        "text": "\n".join(paragraphs(text)),
        "language": str(document.root_object.get("/Lang") or ""),
    }
    return Record(0, values, guessed=True)


def _sizes(document: Any) -> Iterator[int]:  # noqa: ANN401
    """Yield the bytes in which each page, and each form that is used in one, is drawn."""
    seen: set[int] = set()
    waiting = list(document.pages)
    while waiting:
        drawn = waiting.pop()
        content = drawn.get_contents() if drawn.get("/Type") == "/Page" else drawn
        yield len(content.get_data()) if content is not None else 0
        forms = _entries(_entries(drawn, "/Resources"), "/XObject")
        for form in (forms[name] for name in forms):
            is_form = isinstance(form, Mapping) and form.get("/Subtype") == "/Form"
            if is_form and id(form) not in seen:
                seen.add(id(form))
                waiting.append(form)


def _entries(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = holder[name] if name in holder else {}  # noqa: SIM401 - only [] follows references
    return found if isinstance(found, Mapping) else {}


def _lines_of(document: Any) -> list[list[Line]]:  # noqa: ANN401
    n_steps = 0
    pages = []
    for page in document.pages:
        drawn: list[Line] = []

        def count(*_: object) -> None:
            nonlocal n_steps
            n_steps += 1
            if n_steps > MOST_STEPS:
                raise _TooMuchError(f"it is drawn in more than {MOST_STEPS:,} steps")

        def see(text: str, at: Any, within: Any, _: object, size: float, to: Any = drawn) -> None:  # noqa: ANN401
            scale = abs(within[3] * at[3]) or 1.0
            height = -(within[4] * at[1] + within[5] * at[3] + at[5])
            to.append(Line(text, abs(size) * scale, height))

        page.extract_text(visitor_operand_before=count, visitor_text=see)
        pages.append(_joined(drawn))
    return pages


def _joined(pieces: Sequence[Line]) -> list[Line]:
    """Return whole lines of pieces, at whose ends or insides lines break."""
    lines: list[Line] = []
    text, size, height = "", 0.0, 0.0
    for piece in pieces:
        for number, part in enumerate(piece.text.split("\n")):
            if number:
                lines.append(Line(" ".join(text.split()), size, height))
                text, size = "", 0.0
            if part.strip():
                size, height = max(size, piece.size), piece.height
            text += part
    lines.append(Line(" ".join(text.split()), size, height))
    return [line for line in lines if line.text]


def without_repeats(pages: Sequence[list[Line]]) -> list[list[Line]]:
    """Return the lines of pages without headers and footers.

    These stand at the edge of at least half of the pages, whatever numbers are in them.
    """
    edges = [{_masked(line) for line in (*page[:_EDGE], *page[-_EDGE:])} for page in pages]
    counts = Counter(text for edge in edges for text in edge)
    repeated = {text for text, n in counts.items() if n >= max(2, len(pages) / 2)}
    return [
        [
            line
            for number, line in enumerate(page)
            if not ((number < _EDGE or number >= len(page) - _EDGE) and _masked(line) in repeated)
        ]
        for page in pages
    ]


def _masked(line: Line) -> str:
    return regex.sub(r"\d+", "#", line.text)


def headline(
    lines: Sequence[Line], first: Sequence[Line], stated: str
) -> tuple[str, Sequence[Line]]:
    """Return the headline, and the lines that are not it.

    That is the largest lines of the first page, if they are larger than most text, unless the
    document states another that the page shows: then they are the name of the paper. Without
    larger lines it is what the document states, unless that names a file.

    Parameters
    ----------
    lines
        All lines of the document.
    first
        Those of its first page.
    stated
        The title in its metadata, or empty.
    """
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[round(line.size, 1)] += len(line.text)
    usual = sizes.most_common(1)[0][0]
    largest = max((round(line.size, 1) for line in first), default=0.0)
    start = next((n for n, line in enumerate(first) if round(line.size, 1) == largest), 0)
    shown = list(takewhile(lambda line: round(line.size, 1) == largest, first[start:]))
    is_stated = bool(letters(stated)) and not _FILE_NAME.search(stated)
    if largest < _LARGER * usual:
        return (stated if is_stated else ""), lines
    text = " ".join(paragraphs(shown))
    page = letters(" ".join(line.text for line in first))
    if is_stated and letters(stated) in page and letters(stated) not in letters(text):
        shown, text = [], stated
    return text, [line for line in lines if line not in shown]


def paragraphs(lines: Sequence[Line]) -> list[str]:
    """Return lines put together to paragraphs, divided words mended."""
    if not lines:
        return []
    longest = max(len(line.text) for line in lines)
    gaps = [_gap(one, other) for one, other in pairwise(lines)]
    usual = Counter(round(gap, 1) for gap in gaps if gap > 0).most_common(1)
    largest = _APART * usual[0][0] if usual else float("inf")
    known = frozenset(
        word.strip(_SIGNS) for line in lines for word in line.text.split() if "-" in word
    )
    found = [[lines[0].text]]
    for (before, line), gap in zip(pairwise(lines), gaps, strict=True):
        is_end = bool(_SENTENCE_END.search(before.text)) and len(before.text) < _FULL * longest
        if gap > largest or is_end or abs(before.size - line.size) > 1:
            found.append([line.text])
        else:
            found[-1][-1] = _until(line.text, found[-1][-1], known)
            found[-1].append(line.text)
    return ["".join(parts) for parts in found]


def _gap(before: Line, line: Line) -> float:
    """Return how far below another a line stands, in times its size; negative where above."""
    return (line.height - before.height) / max(line.size, 1.0)


def _until(following: str, line: str, known: frozenset[str]) -> str:
    """Return a line as `following` goes on: after a space, or within a divided word.

    The hyphen stays where the document has the word with it elsewhere.
    """
    if line[-1:] not in _HYPHENS or not line[-2:-1].isalpha() or not following[:1].islower():
        return f"{line} "
    start, rest = line[:-1], following.split(maxsplit=1)[0]
    whole = f"{start.rsplit(maxsplit=1)[-1]}-{rest}".strip(_SIGNS)
    return f"{start}-" if whole in known else start
