"""Articles and stories for a text."""
