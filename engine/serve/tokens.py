"""Tokens that let a program or a person in; only their hashes are kept."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from engine.disk.files import replace_file, storage_errors
from engine.domain import Value
from engine.errors import DamagedError, InputError, NotFoundError

SECRET_BYTES = 32
"""Of randomness in a token: nobody guesses it, so a fast hash keeps it as well as a slow one."""

LEAST_CHARACTERS = 20
"""Of a token that the environment gives."""


class Scope(StrEnum):
    """What a token allows; each allows what those before it do."""

    READ = "read"
    CORRECT = "correct"
    ADMIN = "admin"

    def allows(self, wanted: Scope) -> bool:
        """Tell whether this is enough where `wanted` is needed."""
        order = list(Scope)
        return order.index(self) >= order.index(wanted)


@dataclass(frozen=True, slots=True)
class Token(Value):
    """A token as it is kept.

    Attributes
    ----------
    name
        Whose it is; names are distinct, and stand in the log.
    scope
        What it allows.
    sha256
        Of the token, hexadecimal.
    made
        When; None where the environment gives it.
    """

    name: str
    scope: Scope
    sha256: str
    made: datetime | None = None


def found(tokens: Iterable[Token], secret: str) -> Token | None:
    """Return the token whose hash is that of `secret`."""
    digest = _digest(secret)
    match = None
    for token in tokens:  # all of them, so that the time tells nothing
        if hmac.compare_digest(token.sha256, digest):
            match = token
    return match


def of_environment(text: str) -> tuple[Token, ...]:
    """Return the tokens in a text such as ``read:SECRET correct:SECRET``.

    Raises
    ------
    InputError
        It is no such text, or a token is too short to be safe.
    """
    tokens = []
    for number, part in enumerate(text.split(), start=1):
        scope, _, secret = part.partition(":")
        if scope not in list(Scope) or len(secret) < LEAST_CHARACTERS:
            raise InputError(
                f"ENGINE_TOKENS, part {number}: expected {', '.join(Scope)}, a colon and a token "
                f"of at least {LEAST_CHARACTERS} characters; 'engine tokens add' makes one"
            )
        tokens.append(Token(f"environment-{number}", Scope(scope), _digest(secret)))
    return tuple(tokens)


class TokenFile:
    """The tokens of a base, in a file that only its owner can read.

    Parameters
    ----------
    path
        JSON; not there before a token was added.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[int, tuple[Token, ...]] = (0, ())

    def tokens(self) -> tuple[Token, ...]:
        """Return the tokens as they are now; the file is read again where it has changed.

        Raises
        ------
        DamagedError
            It holds no tokens.
        """
        try:
            changed = self._path.stat().st_mtime_ns
            if changed != self._read[0]:
                self._read = (changed, _decoded(self._path.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return ()
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError(
                f"{self._path} holds no tokens ({error}); remove it and add them again"
            ) from error
        return self._read[1]

    def add(self, name: str, scope: Scope, *, made: datetime) -> str:
        """Make a token and return it; it cannot be read again.

        Raises
        ------
        InputError
            There is one of that name.
        """
        kept = self.tokens()
        if any(token.name == name for token in kept):
            raise InputError(f"there is a token named {name!r}; remove it first, or take another")
        secret = secrets.token_urlsafe(SECRET_BYTES)
        self._write([*kept, Token(name, scope, _digest(secret), made)])
        return secret

    def remove(self, name: str) -> None:
        """Make a token void.

        Raises
        ------
        NotFoundError
            There is none of that name.
        """
        kept = self.tokens()
        left = [token for token in kept if token.name != name]
        if len(left) == len(kept):
            raise NotFoundError(f"there is no token named {name!r}; see 'engine tokens list'")
        self._write(left)

    def _write(self, tokens: Sequence[Token]) -> None:
        content = json.dumps([token.to_dict() for token in tokens], indent=1)
        with storage_errors(self._path.parent):
            replace_file(self._path, content.encode(), mode=0o600)


def _decoded(content: str) -> tuple[Token, ...]:
    return tuple(
        Token(row["name"], Scope(row["scope"]), row["sha256"], datetime.fromisoformat(row["made"]))
        for row in json.loads(content)
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
