"""What a base tells over many stories: matters, coverage, watches, tables, its state."""
