"""What a base is asked to do, one module a job."""
