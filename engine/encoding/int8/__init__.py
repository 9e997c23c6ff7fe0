"""BERT-like models in int8 without torch: a graph from the weights, one text for each thread."""
