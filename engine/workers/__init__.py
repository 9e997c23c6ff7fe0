"""Where the parts of a stage are worked on: here, in several processes, or on a cluster."""
