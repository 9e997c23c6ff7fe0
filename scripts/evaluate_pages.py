"""Measures how well pages are read, per country, and writes docs/extraction.md.

    python scripts/evaluate_pages.py ../shared/data/pages
    python scripts/evaluate_pages.py ../shared/data/pages --peer

The peer is trafilatura with its own settings, on the same pages in the same run. The pages, their
texts and their addresses are not part of the project.
"""

import argparse
import gzip
import json
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.domain import Article
from engine.reading.articles import Reading, article_of
from engine.reading.cleaning.cleaner import clean_title
from engine.reading.dates import parse_date
from engine.reading.pages.headlines import letters
from engine.reading.pages.metadata import read_metadata
from engine.reading.pages.page import decode, page_record, parse_page
from engine.reading.records import RawPage, Record

TARGET = Path(__file__).resolve().parents[1] / "docs" / "extraction.md"
TOKEN = re.compile(r"[぀-ヿ一-鿿]|[^\W_]+")


HEADER = (
    "| country | pages | headline | with `sites.tsv` | F1 | precision | recall | worst F1 | day "
    "| day right or absent | moment |"
)

INTRODUCTION = """\
{n_pages} saved pages of news sites with the headline, text and date that are expected of them,
read by `scripts/evaluate_pages.py`. A headline counts when its letters and digits are the expected
ones: case, quotes, dashes and spaces are spelled one way here and another there. Text counts by
the words in common (F1, precision, recall); the date by its day and by its moment. Some pages name
only a day, or no zone, where more is expected.

Everything is measured without the table of sites (`sites.tsv`) but the column that says so. The
table was made from these pages, each of its rows from pages of its own outlet alone: a page of an
outlet that was left out when it was made is read as without it. In 98 % one of the places of the
page has the expected headline, but where JSON-LD and OpenGraph differ, in one page of four, little
on the page tells which is expected: [decision 6](decisions/0006-reading.md)."""


@dataclass(frozen=True)
class Score:
    """How one page was read; `known_title` with the table of sites, the rest without it.

    Headlines are equal by their letters and digits; `same_signs` tells whether the signs, the
    case and the spaces are the same too.
    """

    country: str
    outlet: str
    title: bool
    known_title: bool
    same_signs: bool
    f1: float
    precision: float
    recall: float
    day: bool
    moment: bool
    dated: bool
    seconds: float


def tokens(text: str) -> Counter[str]:
    """Return the words of `text`, Chinese and Japanese by character, with their counts."""
    return Counter(TOKEN.findall(text.lower()))


def expected_pages(folder: Path) -> Iterator[tuple[str, Path, str, dict[str, Any]]]:
    """Yield (country, page, address, what is expected of it)."""
    for country in sorted(path for path in folder.iterdir() if path.is_dir()):
        if not (country / "meta.info").exists():
            continue
        about = json.loads((country / "meta.info").read_text("utf-8"))
        for outlet in sorted(country.glob("*.json")):
            versions = json.loads(outlet.read_text("utf-8")).values()
            pages = sorted(country.glob(f"{outlet.stem}_[0-9]*.html.gz"))
            for page, version in zip(pages, versions, strict=True):
                yield country.name, page, about[page.name]["url"], version


def expected_text(body: dict[str, Any]) -> str:
    """Return the summary, headings and paragraphs that are expected."""
    parts = list(body.get("summary") or [])
    for section in body.get("sections") or []:
        parts += [*(section.get("headline") or []), *(section.get("paragraphs") or [])]
    return "\n".join(parts)


def score(country: str, page: Path, url: str, version: dict[str, Any]) -> Score:
    """Read one page and compare."""
    now = datetime.now(UTC)
    data = gzip.decompress(page.read_bytes())
    start = time.process_time()
    record = page_record(RawPage(0, data, url=url), name=page.name, places={})
    read = None
    if isinstance(record, Record):
        read = article_of(record, file=page.name, reading=Reading(now))
    seconds = time.process_time() - start
    known = read_metadata(parse_page(decode(data).encode("utf-8", "replace")), url=url)
    return compared(
        country=country,
        page=page,
        version=version,
        titles=(read.title if isinstance(read, Article) else "", clean_title(known.title)),
        text=read.body if isinstance(read, Article) else "",
        published=read.published if isinstance(read, Article) else None,
        seconds=seconds,
    )


def score_of_peer(country: str, page: Path, url: str, version: dict[str, Any]) -> Score:
    """Read one page with trafilatura as it comes, and compare."""
    from trafilatura import bare_extraction

    data = gzip.decompress(page.read_bytes())
    start = time.process_time()
    found: Any = bare_extraction(decode(data), url=url, with_metadata=True, include_comments=False)
    seconds = time.process_time() - start
    title = clean_title((found and found.title) or "")
    return compared(
        country=country,
        page=page,
        version=version,
        titles=(title, title),
        text=(found and found.text) or "",
        published=parse_date((found and found.date) or "", fetched=datetime.now(UTC)),
        seconds=seconds,
    )


def compared(
    *,
    country: str,
    page: Path,
    version: dict[str, Any],
    titles: tuple[str, str],
    text: str,
    published: datetime | None,
    seconds: float,
) -> Score:
    """Return the score of what was read; `titles` without and with the table of sites."""
    found, wanted = tokens(text), tokens(expected_text(version["body"]))
    common = (found & wanted).total()
    precision, recall = common / max(1, found.total()), common / max(1, wanted.total())
    expected = parse_date(version["publishing_date"], fetched=datetime.now(UTC))
    wanted_title = clean_title(version["title"])
    title, known_title = (letters(each) == letters(wanted_title) for each in titles)
    return Score(
        country=country,
        outlet=re.split(r"_\d", page.name)[0],
        title=title,
        known_title=known_title,
        same_signs=titles[0] == wanted_title,
        f1=2 * precision * recall / ((precision + recall) or 1.0),
        precision=precision,
        recall=recall,
        day=bool(published and expected and published.date() == expected.date()),
        moment=published == expected,
        dated=published is not None,
        seconds=seconds,
    )


def evaluate_pages(folder: Path, reader: Callable[..., Score] = score) -> list[Score]:
    """Return the scores of all pages that say what is expected of them."""
    return [reader(*page) for page in expected_pages(folder)]


def mean(values: Iterable[float]) -> float:
    """Return the mean of `values`."""
    known = list(values)
    return sum(known) / len(known)


def row(name: str, scores: list[Score]) -> str:
    """Return one row of the table."""
    cells = (
        name,
        str(len(scores)),
        f"{mean(s.title for s in scores):.2f}",
        f"{mean(s.known_title for s in scores):.2f}",
        f"{mean(s.f1 for s in scores):.3f}",
        f"{mean(s.precision for s in scores):.3f}",
        f"{mean(s.recall for s in scores):.3f}",
        f"{min(s.f1 for s in scores):.2f}",
        f"{mean(s.day for s in scores):.2f}",
        f"{mean(s.day or not s.dated for s in scores):.3f}",
        f"{mean(s.moment for s in scores):.2f}",
    )
    return "| " + " | ".join(cells) + " |"


def outlets_line(scores: list[Score]) -> str:
    """Return the means in which every outlet counts once, and their range with one left out."""
    by_outlet = defaultdict(list)
    for one in scores:
        by_outlet[one.outlet].append(one)
    titles = mean(mean(s.title for s in ones) for ones in by_outlet.values())
    f1 = mean(mean(s.f1 for s in ones) for ones in by_outlet.values())
    left = [[s for s in scores if s.outlet != outlet] for outlet in by_outlet]
    ranges = [
        f"{min(values):.3f} to {max(values):.3f}"
        for values in (
            [mean(s.f1 for s in ones) for ones in left],
            [mean(s.title for s in ones) for ones in left],
            [mean(s.day or not s.dated for s in ones) for ones in left],
        )
    ]
    signs = mean(s.same_signs for s in scores)
    return (
        f"With the same quotes, dashes and case, too, {signs:.3f} of the headlines.\n"
        f"Every outlet once ({len(by_outlet)}): headline {titles:.3f}, F1 {f1:.3f}.\n"
        f"With one outlet left out: F1 {ranges[0]}, headline {ranges[1]},\n"
        f"day right or absent {ranges[2]}."
    )


def main() -> None:
    """Write the table, or compare with the peer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of pages")
    parser.add_argument("--peer", action="store_true", help="print trafilatura beside it")
    asked = parser.parse_args()
    scores = evaluate_pages(asked.folder)
    by_country = defaultdict(list)
    for one in scores:
        by_country[one.country].append(one)
    lines = [
        "# How pages are read",
        "",
        INTRODUCTION.format(n_pages=len(scores)),
        "",
        outlets_line(scores),
        "",
        HEADER,
        "|---|---|---|---|---|---|---|---|---|---|---|",
        row("**all**", scores),
        *(row(country, ones) for country, ones in sorted(by_country.items())),
        "",
    ]
    TARGET.write_text("\n".join(lines), "utf-8")
    print("\n".join(lines[4:9]))
    print(f"{1000 * mean(s.seconds for s in scores):.1f} ms of processor time a page")
    if asked.peer:
        peers = evaluate_pages(asked.folder, score_of_peer)
        print(row("trafilatura", peers))
        print(f"{1000 * mean(s.seconds for s in peers):.1f} ms of processor time a page")


if __name__ == "__main__":
    main()
