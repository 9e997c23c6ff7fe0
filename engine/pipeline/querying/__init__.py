"""Questions to a base: what is related to a text, and why."""
