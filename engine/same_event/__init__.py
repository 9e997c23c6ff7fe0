"""Whether two articles report the same event: evidence, weights and probabilities."""
