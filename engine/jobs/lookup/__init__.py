"""What is known of stories, articles and people's answers, looked up."""
