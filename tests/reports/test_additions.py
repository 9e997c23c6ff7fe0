"""What each article of a story says first."""

import json

import engine
from engine.jobs.lookup.history import in_time
from engine.reports.additions import additions
from tests.jobs.cases import HASHING

TEXTS = (
    "The bridge over the river Elm fell on Monday. The road is closed, 12 people were hurt.",
    "The bridge fell on Monday and 12 people were hurt. The mayor Rosamund Okafor came there.",
    "Later the mayor Rosamund Okafor said that 350 tonnes of stone fell into the river Elm.",
)


def test_names_and_numbers_are_told_once(tmp_path):
    feed = tmp_path / "feed.jsonl"
    rows = [
        {"id": f"a{n}", "text": text, "language": "en", "published_at": f"2023-05-0{n + 1}"}
        for n, text in enumerate(TEXTS)
    ]
    feed.write_text("\n".join(map(json.dumps, rows)))
    with engine.open(tmp_path / "base") as base:
        base.ingest(feed)
        base.rebuild(spec=HASHING)
        added = additions(base.reader, in_time(base.iter_articles()))
    assert added["a0"] == ()
    assert "Okafor" in " ".join(added["a1"])
    assert "12" not in added["a1"]
    assert added["a2"] == ("350",)
