"""The night's work, its checks and its report."""
