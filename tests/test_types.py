"""Mypy tells keys, rows, seconds and revisions apart, though all are int64 arrays."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("mypy")

ROOT = Path(__file__).parent.parent

GIVEN = """\
from engine.domain import Embeddings, Rows
from engine.generations.generation import Generation
from engine.generations.staging import RowBlock
from engine.store.articles import Articles


def calls(articles: Articles, generation: Generation, rows: Rows, vectors: Embeddings) -> None:
"""

RIGHT = [
    "articles.still_there(generation.keys)",
    "generation.vectors(rows)",
    "generation.vectors(generation.rows_of(articles.keys()))",
    "generation.index.search(vectors, 3, within=rows)",
    "generation.rows.places_of(generation.index.search(vectors, 3).rows)",
    "RowBlock(generation.keys, generation.published, generation.revisions, vectors)",
]

WRONG = [
    "articles.still_there(rows)",
    "articles.still_there(articles.times()[1])",
    "generation.vectors(generation.keys)",
    "generation.rows_of(rows)",
    "generation.index.search(vectors, 3, within=generation.keys)",
    "generation.vectors(generation.rows.places_of(rows))",
    "RowBlock(generation.keys, generation.revisions, generation.revisions, vectors)",
    "RowBlock(generation.keys, generation.published, generation.published, vectors)",
]


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """Return the calls whose arguments mypy refuses; all else must pass."""
    file = tmp_path_factory.mktemp("types") / "calls.py"
    calls = RIGHT + WRONG
    file.write_text(GIVEN + "".join(f"    {call}\n" for call in calls), encoding="utf-8")
    options = ["--strict", "--config-file", str(ROOT / "pyproject.toml"), "--no-error-summary"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, file],
        cwd=ROOT,
        env=os.environ | {"MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    errors = [line for line in done.stdout.splitlines() if " error: " in line]
    found = [re.search(r"calls\.py:(\d+): error: .*\[arg-type\]$", line) for line in errors]
    assert all(found), done.stdout + done.stderr
    return {calls[int(error[1]) - GIVEN.count("\n") - 1] for error in found if error}


@pytest.mark.parametrize("call", RIGHT)
def test_a_right_call_passes(refused, call):
    assert call not in refused


@pytest.mark.parametrize("call", WRONG)
def test_a_wrong_array_is_refused(refused, call):
    assert call in refused
