"""Where the parts of a stage are worked on: in this process, or on the nodes of a cluster."""
