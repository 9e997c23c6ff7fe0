"""Care of a base: its state, copies of it, and articles that must go."""
