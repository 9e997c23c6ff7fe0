"""The version of the engine; apart from all else, so that who prints it imports nothing."""

VERSION = "0.1.0"
"""As in ``pyproject.toml``."""
