"""What people and machines read of a base: reports and metrics."""
