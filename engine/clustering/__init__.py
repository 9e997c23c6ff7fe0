"""Articles to stories: candidates, same-event evidence, partition, description."""
