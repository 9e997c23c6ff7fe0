"""Measures how well pages are read, per country, and writes docs/extraction.md.

    python scripts/evaluate_pages.py ../shared/data/pages

The pages, their texts and their addresses are not part of the project.
"""

import gzip
import json
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engine.domain import Article
from engine.reading.articles import Reading, article_of
from engine.reading.cleaning.cleaner import clean_title
from engine.reading.dates import parse_date
from engine.reading.pages.page import page_record
from engine.reading.records import RawPage, Record

TARGET = Path(__file__).resolve().parents[1] / "docs" / "extraction.md"
TOKEN = re.compile(r"[぀-ヿ一-鿿]|[^\W_]+")


INTRODUCTION = """\
{n_pages} saved pages of news sites with the headline, text and date that are expected of them,
read by `scripts/evaluate_pages.py`. A headline counts when it is equal after repair of characters
and spaces; text by the words in common (F1, precision, recall); the date by its day and by its
moment. Some pages name only a day, or no zone, where more is expected.

**Headlines of other outlets: expect 84 %, not the number below.** `sites.tsv`, which names the
place of the headline for 25 sites, was made from these pages. Without it 84 % of the headlines are
the expected ones (85 % when every outlet counts once). In 98 % one of the places of the page has
the expected headline, but where JSON-LD and OpenGraph differ, in one page of four, each is right
half the time, and nothing on the page tells which: [decision 6](decisions/0006-reading.md). The
table is kept because it helps other pages of the outlets that are in it: 81 % become 88 %, measured
on pages that were left out when it was made."""


@dataclass(frozen=True)
class Score:
    """How one page was read."""

    country: str
    title: bool
    f1: float
    precision: float
    recall: float
    day: bool
    moment: bool
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
    record = page_record(RawPage(0, data, url=url), name=page.name)
    read = None
    if isinstance(record, Record):
        read = article_of(record, file=page.name, reading=Reading(now))
    seconds = time.process_time() - start
    if not isinstance(read, Article):
        return Score(country, False, 0.0, 0.0, 0.0, False, False, seconds)
    found, wanted = tokens(read.body), tokens(expected_text(version["body"]))
    common = (found & wanted).total()
    precision, recall = common / max(1, found.total()), common / max(1, wanted.total())
    published = parse_date(version["publishing_date"], fetched=now)
    return Score(
        country=country,
        title=read.title == clean_title(version["title"]),
        f1=2 * precision * recall / ((precision + recall) or 1.0),
        precision=precision,
        recall=recall,
        day=bool(read.published and published and read.published.date() == published.date()),
        moment=read.published == published,
        seconds=seconds,
    )


def evaluate_pages(folder: Path) -> list[Score]:
    """Return the scores of all pages that say what is expected of them."""
    return [score(*page) for page in expected_pages(folder)]


def row(name: str, scores: list[Score]) -> str:
    """Return one row of the table."""

    def mean(values: Iterable[float]) -> float:
        return sum(values) / len(scores)

    cells = (
        name,
        str(len(scores)),
        f"{mean(s.title for s in scores):.2f}",
        f"{mean(s.f1 for s in scores):.3f}",
        f"{mean(s.precision for s in scores):.3f}",
        f"{mean(s.recall for s in scores):.3f}",
        f"{min(s.f1 for s in scores):.2f}",
        f"{mean(s.day for s in scores):.2f}",
        f"{mean(s.moment for s in scores):.2f}",
    )
    return "| " + " | ".join(cells) + " |"


def main() -> None:
    """Write the table."""
    scores = evaluate_pages(Path(sys.argv[1]))
    by_country = defaultdict(list)
    for one in scores:
        by_country[one.country].append(one)
    lines = [
        "# How pages are read",
        "",
        INTRODUCTION.format(n_pages=len(scores)),
        "",
        "| country | pages | headline | F1 | precision | recall | worst F1 | day | moment |",
        "|---|---|---|---|---|---|---|---|---|",
        row("**all**", scores),
        *(row(country, ones) for country, ones in sorted(by_country.items())),
        "",
    ]
    TARGET.write_text("\n".join(lines), "utf-8")
    print("\n".join(lines[6:9]))
    mean_ms = 1000 * sum(s.seconds for s in scores) / len(scores)
    print(f"{mean_ms:.1f} ms of processor time a page")


if __name__ == "__main__":
    main()
