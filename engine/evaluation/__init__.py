"""The engine scored on labelled articles, beside other clusterers."""
