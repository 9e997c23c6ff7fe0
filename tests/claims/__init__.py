"""Tests of what articles state in numbers."""
