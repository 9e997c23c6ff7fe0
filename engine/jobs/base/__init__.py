"""A base that is open: for reading, for writing, whole, and in copies."""
