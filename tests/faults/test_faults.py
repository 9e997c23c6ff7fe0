"""The scripts that break bases and kill nights find nothing wrong and nothing lost."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


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


@pytest.mark.slow
def test_sigkill_at_random_moments():
    assert "12 kills" in run("kill_nightly.py", "12")
