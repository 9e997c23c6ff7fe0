#!/usr/bin/env python3
"""Kills `engine nightly` at random moments; see `tests/faults/killed_nights.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults.killed_nights import main

if __name__ == "__main__":
    main()
