"""Immutable snapshots of vectors, index and stories, and how one becomes live."""
