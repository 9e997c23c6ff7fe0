"""The web pages; those of `routes` are imported once the first one can be answered."""

from engine.serve.pages.first import router
from engine.serve.pages.rendering import STATIC, problem_page
from engine.serve.pages.warming import RENEWING, STARTING

__all__ = ["RENEWING", "STARTING", "STATIC", "problem_page", "router"]
