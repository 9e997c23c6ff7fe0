"""The corpus into a generation: embedded, indexed, published."""
