"""Joins the stages: the only place where they meet."""

from engine.pipeline.base import Base

__all__ = ["Base"]
