#!/usr/bin/env python3
"""Breaks a base in every way that is known; see `tests/faults/all_faults.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults.all_faults import main

if __name__ == "__main__":
    main()
