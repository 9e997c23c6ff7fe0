"""The web pages."""

from engine.serve.pages.rendering import STATIC, problem_page
from engine.serve.pages.routes import WARMING, router

__all__ = ["STATIC", "WARMING", "problem_page", "router"]
