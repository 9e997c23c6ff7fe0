"""The page of all benchmarks, made of results that are written down here."""

import json
from xml.etree import ElementTree as ET

import pytest
from report import SECTIONS, picture, write_page

RESULTS = {
    "encoding": {"documents a second": {"sentence-transformers fp32": 4.0, "bulk runtime": 12.0}},
    "indexing": [
        {
            "contender": "engine", "effort": "tuned", "build": 1.0, "build_cpu": 2.0,
            "graph": 3.0, "graph_cpu": 4.0, "n_searched": 10, "recall": 0.97, "query": 0.2,
            "anonymous": 0.5,
        }
    ],
    "clustering": {"contenders": [{"contender": "engine", "processor_seconds": 7.5, "f1": 0.9}]},
    "million": {
        "steps": [
            {"name": "ingest", "seconds": 1.0, "processor_seconds": 2.0, "facts": {"added": 7}}
        ],
        "disk": {"text": 1400.5},
    },
}  # fmt: skip


@pytest.fixture
def results(tmp_path):
    for name, found in RESULTS.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(found))
    return tmp_path


def test_the_page_shows_all_results(results, tmp_path):
    page = tmp_path / "performance.md"
    write_page(results, page, "A note.")
    text = page.read_text()
    assert "A note." in text.splitlines()[2]
    assert "| bulk runtime | 12 | 3 |" in text
    assert "| ingest | 1 | 2 | added 7 |" in text
    for section in SECTIONS:
        assert f"(images/performance-{section.name}.svg)" in text
        ET.parse(tmp_path / "images" / f"performance-{section.name}.svg")


def test_what_was_not_measured_is_said(results, tmp_path):
    (results / "million.json").unlink()
    write_page(results, tmp_path / "performance.md", "")
    assert (tmp_path / "performance.md").read_text().count("Not measured in this run.") == 1


def test_bars_are_as_long_as_what_they_stand_for():
    drawn = ET.fromstring(picture("A & B", "s", [("one", 1.0), ("two <x>", 4.0)]))
    bars = [each for each in drawn.iter() if each.get("fill") == "#2b6cb0"]
    one, two = (float(bar.attrib["width"]) for bar in bars)
    assert two == pytest.approx(4 * one)
    assert "A & B, s" in [each.text for each in drawn.iter()]
