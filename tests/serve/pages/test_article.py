"""What the page of an article says of its cleaning."""

import json

import engine
from engine.jobs.base.reader import Reader
from engine.serve.pages.article import article_page
from tests.jobs.cases import HASHING


def test_what_was_cut_is_shown_with_the_lines_around_it(tmp_path):
    kept = [f"Sentence number {number} of a text that says something." for number in range(8)]
    text = "\n".join([*kept, "Read more: Why this bridge fell in 1931"])
    feed = tmp_path / "feed.jsonl"
    feed.write_text(json.dumps({"id": "a", "title": "A bridge", "text": text, "language": "en"}))
    with engine.open(tmp_path / "base") as base:
        base.ingest(feed)
        base.rebuild(spec=HASHING)
        with Reader.open(base.layout) as reader:
            page = article_page(reader, "a")
    assert page.paragraphs == tuple(kept)
    signs = [line.sign for line in page.cuts]
    assert signs == ["…", " ", "-"]
    assert page.cuts[0].n_kept == 7
    assert page.cuts[-1].text.startswith("Read more")
    assert page.cuts[-1].rule
