"""What a program passes to the engine, checked where it comes in against its annotations.

Types are known by their names, so that nothing is imported to look at a value.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from functools import cache, wraps
from itertools import chain
from numbers import Real
from types import FunctionType
from typing import TYPE_CHECKING, Any, Final, ParamSpec, TypeVar, cast

from engine.errors import InputError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

P = ParamSpec("P")
R = TypeVar("R")
C = TypeVar("C", bound=type)

SHOWN = 60
"""Characters of a value that a message shows."""

_ALTERNATIVES: Final = re.compile(r" \| (?![^\[]*\])")
_SEVERAL: Final = re.compile(r"Sequence\[(.*)\]|tuple\[(.*), \.\.\.\]")

_PLAIN: Final[Mapping[str, tuple[str, Callable[[Any], bool]]]] = {
    "None": ("None", lambda value: value is None),
    "str": ("a text", lambda value: isinstance(value, str)),
    "int": (
        "a whole number",
        lambda value: hasattr(value, "__index__") and not isinstance(value, bool),
    ),
    "float": (
        "a number",
        lambda value: isinstance(value, Real) and not isinstance(value, bool),
    ),
    "bool": ("True or False", lambda value: type(value).__name__ in {"bool", "bool_"}),
    "Mapping": ("a dict", lambda value: isinstance(value, Mapping)),
    "Callable": ("something to call", callable),
    "Encoder": (
        "an object with fingerprint, dim and encode",
        lambda value: all(hasattr(value, name) for name in ("fingerprint", "dim", "encode")),
    ),
}
"""What values of a type are called, and whether one is of it; of any other name, a class."""

_ALIASES: Final = dict.fromkeys(("Changed", "Clock", "Clusterer", "Progress"), "Callable") | {
    "Ways": "Mapping",
    "What": "str",
}

SAID_LATER: Final = frozenset(("BinaryIO", "Source", "npt.ArrayLike"))
"""What is refused with more to say where it is read."""


def checked(function: Callable[P, R]) -> Callable[P, R]:
    """Return `function` so that it refuses arguments of other types than it is annotated with.

    Its annotations are texts, as ``from __future__ import annotations`` leaves them.
    """
    code, expected = function.__code__, function.__annotations__
    names = code.co_varnames[: code.co_argcount]

    @wraps(function)
    def checking(*args: P.args, **kwargs: P.kwargs) -> R:
        for name, value in chain(zip(names, args, strict=False), kwargs.items()):
            if name in expected:
                expect(name, value, expected[name])
        return function(*args, **kwargs)

    return checking


def checked_methods(kind: C) -> C:
    """Return a class whose own public methods are `checked`."""
    for name, method in list(vars(kind).items()):
        if isinstance(method, FunctionType) and not name.startswith("_"):
            setattr(kind, name, checked(method))
    return kind


def expect_count(**counts: int) -> None:
    """Raise InputError if one of `counts` is less than 0."""
    for name, count in counts.items():
        if count < 0:
            raise InputError(f"expected {name} to be 0 or more, got {count}")


def expect_fields(value: DataclassInstance) -> None:
    """Refuse a value whose fields are of other types than they are annotated with."""
    for field in fields(value):
        expect(field.name, getattr(value, field.name), str(field.type))


def expect(name: str, value: object, annotation: str) -> None:
    """Refuse a value that is not as an annotation says.

    Parameters
    ----------
    name
        What it is called.
    value
        What was passed.
    annotation
        Such as ``"Query | str"`` or ``"Sequence[str] | None"``.

    Raises
    ------
    InputError
        It is of another type.
    """
    kinds = _kinds(annotation)
    if any(_is(value, kind) for kind in kinds):
        return
    inner = next(filter(None, map(_inner, kinds)), "")
    if inner and isinstance(value, str):  # else each letter would count
        raise InputError(f"expected {name} as [{value!r}], got {value!r}")
    if not inner or not _is_sequence(value):
        raise InputError(f"expected {name} to be {_called(annotation)}, got {_shown(value)}")
    one = _kinds(inner)
    for part in cast("Iterable[object]", value):
        if not any(_is(part, kind) for kind in one):
            raise InputError(f"expected each of {name} to be {_called(inner)}, got {_shown(part)}")


@cache
def _kinds(annotation: str) -> tuple[str, ...]:
    kinds = _ALTERNATIVES.split(annotation)
    return tuple(_ALIASES.get(kind, kind.removesuffix("[str, str]")) for kind in kinds)


@cache
def _inner(kind: str) -> str:
    """Return what each of several values is, empty where one value is meant."""
    found = _SEVERAL.fullmatch(kind)
    return "" if found is None else found[1] or found[2]


def _is(value: object, kind: str) -> bool:
    if kind in SAID_LATER:
        return True
    if kind in _PLAIN:
        return _PLAIN[kind][1](value)
    return any(base.__name__ == kind for base in type(value).__mro__)


def _is_sequence(value: object) -> bool:
    """Tell whether a value has a length and places, as lists, tuples and arrays have."""
    has = all(hasattr(value, name) for name in ("__len__", "__getitem__", "__iter__"))
    return has and not isinstance(value, bytes | Mapping)


def _called(annotation: str) -> str:
    called = []
    for kind in _kinds(annotation):
        if inner := _inner(kind):
            called.append(f"a list of which each is {_called(inner)}")
        else:
            article = "an" if kind[:1] in "AEIO" else "a"
            called.append(_PLAIN[kind][0] if kind in _PLAIN else f"{article} {kind}")
    return " or ".join(called)


def _shown(value: object) -> str:
    if value is None:
        return "None"
    shown = repr(value)
    cut = shown if len(shown) <= SHOWN else f"{shown[:SHOWN]}…"
    return f"{cut} ({type(value).__name__})"
