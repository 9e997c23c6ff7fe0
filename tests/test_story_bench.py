"""The bench of stories runs on any folder of labelled sets; here on two small ones."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).resolve().parents[1] / "benchmarks" / "stories.py"

EVENTS = {
    "meantime": [
        "Ferry runs aground near Vlissingen",
        "Choir of Aarhus wins the song prize",
        "Dike at Zaltbommel gives way",
        "Bakers of Lyon go on strike",
        "Comet Halvorsen seen over Norway",
        "Museum in Ghent returns a mask",
    ],
    "roundups_2021": [
        "Mayor Oduya opens the new tram line",
        "Wildfire closes the road to Kalamata",
        "Chess title goes to Irina Sole",
        "Dairy Brunner recalls its yoghurt",
        "Bridge at Tartu closed for repairs",
        "Court frees the poet Malik Aden",
    ],
}
REPORTS = ["", ", police say", ": what we know", " on Tuesday", ", witnesses report"]
SPEAKERS = [
    "Ana Brekel",
    "Tom Ruiz",
    "Ana Brekel and Lars Holt",
    "Lars Holt",
    "Tom Ruiz of Nordpress",
]


@pytest.fixture
def data(tmp_path):
    """Return a folder of two sets of six events, each of five articles within hours."""
    for name, titles in EVENTS.items():
        lines = [
            {
                "id": f"{name}-{event}-{place}",
                "title": title + report,
                "text": f"{title}. Nobody had expected it, said {SPEAKERS[place]}.",
                "language": "en",
                "source": f"Outlet {place}",
                "published_at": f"2021-03-{1 + 3 * event:02}T{8 + place:02}:00:00+00:00",
                "cluster": f"event {event}",
            }
            for event, title in enumerate(titles)
            for place, report in enumerate(REPORTS)
        ]
        (tmp_path / f"{name}.jsonl").write_text("\n".join(map(json.dumps, lines)))
    return tmp_path


def run(data, *options):
    vectors = data / "vectors"
    vectors.mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, BENCH, data, vectors, *options],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_every_window_has_a_line_and_the_worst_is_said(data):
    said = run(data, "--no-peers")
    lines = [line for line in said if line.startswith(tuple(EVENTS))]
    # Three forms of two sets: whole, undated, five shares of growth, two thinned.
    assert len(lines) == 3 * 2 * 9
    whole = [line.split() for line in lines if " whole " in line]
    assert all(int(words[2]) == 30 and float(words[3]) > 0.8 for words in whole)
    assert [line.split(":")[0] for line in said[-6:-2]] == ["whole", "undated", "grow", "thin"]
    assert said[-2].startswith("falls of more than 5% while growing: ")
    assert said[-1] == "chained: 0"


@pytest.mark.slow
@pytest.mark.skipif(not importlib.util.find_spec("hdbscan"), reason="needs group benchmarks")
def test_peers_are_kept_and_choices_and_nights_are_printed(data):
    first = run(data, "--sets", "mean", "--kinds", "whole")
    assert sum("min_cluster_size" in line or "threshold" in line for line in first) == 2
    kept = (data / "vectors" / "peers.json").read_text()
    run(data, "--sets", "mean", "--kinds", "whole")
    assert (data / "vectors" / "peers.json").read_text() == kept
    chosen = run(data, "--choose")
    assert sum(line.startswith("  mean loss") for line in chosen) == 6
    (replayed,) = run(data, "--nights", "--sets", "roundups")
    assert replayed.startswith("roundups_2021: 30 articles in 6 nights, B-cubed F1 ")
