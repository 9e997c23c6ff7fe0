"""Articles into the corpus: taken in, cleaned, with vectors of their own."""
