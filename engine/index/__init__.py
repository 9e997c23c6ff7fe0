"""Nearest rows by cosine: exact, and by FAISS."""
