"""The web pages; those of `first` and `routes` are imported once the first one was answered."""

from engine.serve.pages.opening import opening_page
from engine.serve.pages.rendering import STATIC, problem_page
from engine.serve.pages.warming import RENEWING, STARTING

__all__ = ["RENEWING", "STARTING", "STATIC", "opening_page", "problem_page"]
