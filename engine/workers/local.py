"""Working on the parts of a stage in this process, and trying again what the disk refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from engine.errors import EngineError, StorageError
from engine.protocols import Closing, Part

P = TypeVar("P", bound=Part)
R = TypeVar("R")

ATTEMPTS = 3
"""Times that a part is tried; a fourth, as Ray has it for its tasks, would hardly differ."""


class LocalExecutor(Closing):
    """Works on one part after the other in this process."""

    def map(
        self,
        make: Callable[[], Callable[[P], R]],
        parts: Iterable[P],
        *,
        accelerated: bool = False,  # noqa: ARG002 - what is made takes what is here
        spread: bool = False,  # noqa: ARG002
        lost: Callable[[P], R] | None = None,  # noqa: ARG002 - there is no worker to be lost
    ) -> Iterator[tuple[P, R]]:
        """Yield each part with what comes of it; see `engine.protocols.Executor`."""
        task = make()
        for part in parts:
            yield part, answered(task, part)

    def begin(self, load: Callable[[], object]) -> None:
        """Do nothing: there are no workers."""

    def close(self) -> None:
        """Do nothing: nothing is held."""


def answered(task: Callable[[P], R], part: P) -> R:
    """Return what `task` makes of `part`, tried again where the operating system refused.

    Anything else that fails would fail again.

    Raises
    ------
    StorageError
        It was refused `ATTEMPTS` times.
    """
    attempt = 1
    while True:
        try:
            return task(part)
        except EngineError:
            raise
        except OSError as error:
            if attempt == ATTEMPTS:
                raise StorageError(
                    f"{part.name}: refused {ATTEMPTS} times ({error}); nothing that was published "
                    "is lost: free space or give write permission, and run this again"
                ) from error
        attempt += 1
