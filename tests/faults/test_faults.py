"""The scripts that break bases and kill nights find nothing wrong and nothing lost."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults import corpus_cases, hostile
from tests.faults.ground import Ground

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture(scope="module")
def ground(tmp_path_factory):
    return Ground(tmp_path_factory.mktemp("ground"))


def run(script, *arguments):
    done = subprocess.run(
        [sys.executable, SCRIPTS / script, *arguments], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_every_fault_is_survived():
    said = run("faults.py", "--share", "0.05")
    (line,) = [line for line in said.splitlines() if line.startswith("all ")]
    n, *_, wrong, unseen, lost = (int(count) for count in line.split()[1:])
    assert n > 200
    assert (wrong, unseen, lost) == (0, 0, 0)


def test_hostile_flags_and_files_do_no_harm(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    arena = hostile.Arena(tmp_path)
    for kind in (hostile.flags, hostile.files):
        found = kind(arena, 40, random.Random(1))
        assert found.harm == []
        assert found.n == 40


@pytest.mark.slow
def test_hostile_input_does_no_harm():
    assert ", 0 did harm" in run("hostile.py", "--n", "400")


@pytest.mark.parametrize(
    "faults",
    [corpus_cases.altered_rows, corpus_cases.altered_bytes, corpus_cases.swapped_articles],
)
def test_faults_of_the_corpus_are_survived(ground, faults):
    for row in faults(ground, 8, random.Random(1)):
        assert (row.wrong, row.unseen, row.lost) == (0, 0, 0), row.fault


@pytest.mark.slow
def test_sigkill_at_random_moments():
    assert "12 kills" in run("kill_nightly.py", "12")
