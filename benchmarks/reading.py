"""Measures how fast inputs are read, and in how much memory.

    python benchmarks/reading.py --articles 100000
    python benchmarks/reading.py --pages ../shared/data/pages

Articles are made up of common words, about 1,400 characters each, without language, so that it
is detected. Nothing is stored: the numbers are those of reading, cleaning and detection.
"""

from __future__ import annotations

import argparse
import io
import json
import random
import resource
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from engine.domain import Article
from engine.reading import read

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

WORDS = {
    "en": "the bridge over river will be closed for repairs from Monday council said drivers",
    "nl": "de brug over rivier gaat vanaf maandag dicht voor onderhoud zegt gemeente bestuurders",
    "de": "die Brücke über den Fluss wird ab Montag für Reparaturen gesperrt sagt der Stadtrat",
    "ru": "мост через реку закроют на ремонт с понедельника сообщил городской совет водители",
    "ar": "سيغلق الجسر فوق النهر للإصلاح اعتبارا من يوم الاثنين قال المجلس البلدي السائقون",
    "zh": "跨河大桥将从 周一起 关闭维修 市议会说 司机必须 乘坐渡轮 至少一个月",
}


class Lines(io.RawIOBase):
    """A stream of JSON lines that is made as it is read."""

    def __init__(self, n_articles: int) -> None:
        super().__init__()
        self._lines = self._made(n_articles)
        self._rest = b""

    def readable(self) -> bool:
        """Tell that it can be read."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        """Fill `buffer`."""
        view = memoryview(buffer)
        while len(self._rest) < len(view):
            line = next(self._lines, None)
            if line is None:
                break
            self._rest += line
        size = min(len(view), len(self._rest))
        view[:size], self._rest = self._rest[:size], self._rest[size:]
        return size

    @staticmethod
    def _made(n_articles: int) -> Iterator[bytes]:
        chance = random.Random(1)  # noqa: S311 - the same articles every time
        sentences = {}
        for language, words in WORDS.items():
            known = words.split()
            sentences[language] = [
                " ".join(chance.choices(known, k=14)).capitalize() + "." for _ in range(500)
            ]
        languages = list(WORDS)
        for number in range(n_articles):
            known = sentences[languages[number % len(languages)]]
            lead, *rest = chance.choices(known, k=16)
            record = {
                "id": number,
                "title": lead,
                "text": "\n".join(rest),
                "published_at": "2024-05-08T10:00:00Z",
                "source": "The Echo",
                "url": f"https://echo.example/{number}",
            }
            yield json.dumps(record, ensure_ascii=False).encode() + b"\n"


def main() -> None:
    """Print articles a minute and the most memory used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=0, help="made-up JSON lines to read")
    parser.add_argument("--pages", type=Path, help="folder of pages to read")
    asked = parser.parse_args()
    for name, paths, stdin in (
        ("JSON lines", ["-"] if asked.articles else [], io.BufferedReader(Lines(asked.articles))),
        ("pages", sorted(asked.pages.rglob("*.html*")) if asked.pages else [], None),
    ):
        if not paths:
            continue
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        start, cpu = time.perf_counter(), time.process_time()
        results = read(paths, stdin=stdin, fetched=datetime.now(UTC))
        n_articles = sum(isinstance(result, Article) for result in results)
        wall, cpu = time.perf_counter() - start, time.process_time() - cpu
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(
            f"{name}: {n_articles} articles, {60 * n_articles / wall:,.0f} a minute "
            f"({60 * n_articles / cpu:,.0f} a minute of processor time), "
            f"{most} MiB at most ({before} before)"
        )


if __name__ == "__main__":
    main()
