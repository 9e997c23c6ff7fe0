"""Tests of who an article is from."""
