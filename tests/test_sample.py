"""The shipped sample: what its gold promises, and that nothing in it is borrowed."""

import json
import re
from collections import Counter
from pathlib import Path

import pytest

SAMPLE = Path(__file__).resolve().parents[1] / "engine" / "sample"
ARTICLES = [
    json.loads(line)
    for line in (SAMPLE / "articles.jsonl").read_text(encoding="utf-8").splitlines()
]
NOTES = [path.read_text(encoding="utf-8") for path in sorted(SAMPLE.glob("notes/*.txt"))]


def test_there_are_enough_articles_events_and_languages():
    sizes = Counter(article["cluster"] for article in ARTICLES)
    assert len(ARTICLES) >= 120
    assert sum(size > 1 for size in sizes.values()) >= 25
    assert sum(size == 1 for size in sizes.values()) >= 15
    languages = Counter(article.get("language", "und") for article in ARTICLES)
    assert {"nl", "ar", "ru", "uk", "zh", "en", "de", "fr"} <= languages.keys()
    assert sum(number >= 3 for number in languages.values()) >= 8


def test_most_events_are_told_in_several_languages():
    told: dict[str, set[str | None]] = {}
    for article in ARTICLES:
        told.setdefault(article["cluster"], set()).add(article.get("language"))
    assert sum(len(languages) >= 3 for languages in told.values()) >= 20


def test_ids_are_unique_and_fields_are_sound():
    ids = [article["id"] for article in ARTICLES]
    assert len(set(ids)) == len(ids)
    for article in ARTICLES:
        assert article["title"]
        assert article["text"]
        assert article["source"]
        assert re.match(r"https?://[a-z0-9.-]+\.example(/|$)", article["url"])


def test_some_articles_lack_their_date_or_language():
    assert any("published_at" not in article for article in ARTICLES)
    assert any("language" not in article for article in ARTICLES)


def sentences(text):
    found = re.split(r"(?<=[.!?。؟])\s*|\n+", text)
    return {" ".join(sentence.split()) for sentence in found if len(sentence) >= 25}


@pytest.mark.data
def test_no_sentence_is_taken_from_the_development_data(data_folder):
    mine = set()
    for article in ARTICLES:
        mine |= sentences(article["title"]) | sentences(article["text"])
    for note in NOTES:
        mine |= sentences(note)
    theirs = sentences((data_folder / "seed_article.txt").read_text(encoding="utf-8"))
    for path in data_folder.glob("*.jsonl"):
        for line in path.read_text(encoding="utf-8").splitlines():
            article = json.loads(line)
            theirs |= sentences(article.get("title") or "") | sentences(article.get("text") or "")
    assert not mine & theirs
