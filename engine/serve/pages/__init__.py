"""The web pages; those of `routes` are imported once the first one can be answered."""

from engine.serve.pages.first import router
from engine.serve.pages.rendering import STATIC, problem_page
from engine.serve.pages.warming import WARMING

__all__ = ["STATIC", "WARMING", "problem_page", "router"]
