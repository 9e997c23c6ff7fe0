"""The whole engine against labelled articles."""
