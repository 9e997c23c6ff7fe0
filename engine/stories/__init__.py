"""From pairs to stories: partition, identity over time, and what people see of a story."""
