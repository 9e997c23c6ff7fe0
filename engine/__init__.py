"""Find related news articles across languages and cluster them into stories."""

__version__ = "0.1.0"
