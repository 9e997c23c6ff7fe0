"""One address for many bases: asks the server of each, and says which had no part in an answer.

Each shard is an ordinary base, of a span of time or of a team, that `engine serve` serves.
"""
