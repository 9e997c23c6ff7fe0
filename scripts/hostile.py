#!/usr/bin/env python3
"""Gives the program what means harm; see `tests/faults/hostile.py`."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.faults.hostile import main

if __name__ == "__main__":
    main()
