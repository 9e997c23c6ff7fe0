"""What the articles of a story state in numbers, and where they contradict each other."""
