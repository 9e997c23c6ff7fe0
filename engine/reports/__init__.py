"""What people read of a night: pages, mails and metrics."""
