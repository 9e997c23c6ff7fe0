"""Articles of a window into stories, and what people correct in these."""
