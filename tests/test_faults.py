"""The script that breaks a base finds nothing wrong and nothing lost."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "scripts" / "faults.py"


@pytest.mark.slow
def test_every_fault_is_survived():
    done = subprocess.run(
        [sys.executable, SCRIPT, "--flips", "60", "--kills", "3"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = [line for line in done.stdout.splitlines() if line.startswith("all ")]
    n, *_, wrong, lost = (int(count) for count in line.split()[1:])
    assert n > 150
    assert (wrong, lost) == (0, 0)
