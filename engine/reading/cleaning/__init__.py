"""What is cut from a text."""
