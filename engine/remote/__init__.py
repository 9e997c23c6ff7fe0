"""Generations in an object store or another file system, for machines that take them from there."""
