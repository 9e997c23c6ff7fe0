"""The web pages."""

from engine.serve.pages.correcting import router as forms
from engine.serve.pages.rendering import STATIC, problem_page
from engine.serve.pages.routes import router, warm_pages

router.include_router(forms)

__all__ = ["STATIC", "problem_page", "router", "warm_pages"]
