"""Patterns that are made when a text first needs them.

To make one takes 0.1 to 4 ms, and what a question imports has a hundred: most of them are for
texts that are not plain, which a question seldom is.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    import regex

P = TypeVar("P")


def with_properties(pattern: str, flags: int = 0) -> regex.Pattern[str]:
    """Return ``regex.compile(pattern, flags)``, importing that where a pattern is made.

    It knows properties of Unicode, which `re` does not, and takes 13 ms to import, which no plain
    question needs.
    """
    import regex

    return regex.compile(pattern, flags)


def late(compile_: Callable[..., P], pattern: str, flags: int = 0) -> P:
    """Return what is used as ``compile_(pattern, flags)`` is, which is called at the first use.

    Parameters
    ----------
    compile_
        `re.compile` or `with_properties`.
    pattern, flags
        As it takes them.
    """
    return cast("P", _Late(partial(compile_, pattern, flags)))


class _Late:
    """Stands for a pattern: each of its methods is looked up once."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._made = cache(make)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as patterns have them
        found = getattr(self._made(), name)
        setattr(self, name, found)
        return found
