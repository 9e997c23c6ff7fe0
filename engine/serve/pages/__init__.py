"""The web pages."""

from engine.serve.pages.correcting import router as forms
from engine.serve.pages.rendering import STATIC, problem_page
from engine.serve.pages.routes import WARMING, router
from engine.serve.pages.watching import router as watches

router.include_router(forms)
router.include_router(watches)

__all__ = ["STATIC", "WARMING", "problem_page", "router"]
