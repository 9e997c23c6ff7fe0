"""Everything the engine raises on purpose.

::

    EngineError                    exit 1, one sentence, no traceback
    |-- InputError      (ValueError)         an input or a query that cannot be used
    |   `-- EmptyQueryError                  a search for nothing; exit 2
    |-- NotFoundError   (LookupError)        an article, story or generation that is not there
    |-- EncoderError    (RuntimeError)       a model that is missing or cannot run
    |-- MissingExtraError (ImportError)      an optional dependency that is not installed
    |-- MismatchError   (ValueError)         another encoder, cleaner or schema than the manifest's
    |-- DamagedError    (RuntimeError)       a stored file that fails its checks
    |-- ClosedError     (ValueError)         a base that is used after it was closed
    |-- StorageError    (OSError)            a disk or remote that is full or cannot be written
    |-- WorkError       (RuntimeError)       a cluster without answer, workers lost over and over
    |-- ServerError     (ConnectionError)    a server that does not answer, or refuses
    |   `-- ListChangedError                 a list that changed between two of its parts
    `-- LockedError     (RuntimeError)       another run is writing; exit 4

Each also inherits the builtin in parentheses, so that callers who know nothing of the
engine can still catch it. Messages state what was found, what was expected and what to do.
"""

from __future__ import annotations


class EngineError(Exception):
    """Base of every error that the engine raises on purpose."""

    exit_code = 1


class InputError(EngineError, ValueError):
    """An input, option or query that cannot be used."""


class EmptyQueryError(InputError):
    """A search for nothing."""

    exit_code = 2


class NotFoundError(EngineError, LookupError):
    """An article, story, generation or file that is not there."""


class EncoderError(EngineError, RuntimeError):
    """A model that is missing, damaged or cannot run on this machine."""


class MissingExtraError(EngineError, ImportError):
    """An optional dependency that is not installed."""


class MismatchError(EngineError, ValueError):
    """Stored data made with another encoder, cleaner or schema than asked for."""


class DamagedError(EngineError, RuntimeError):
    """A stored file that is missing, truncated or altered."""


class ClosedError(EngineError, ValueError):
    """A base that was closed."""


class StorageError(EngineError, OSError):
    """A disk that is full, a folder that cannot be written, or a remote that is not reached."""


class WorkError(EngineError, RuntimeError):
    """A cluster that does not answer, or a part of the work over which workers are lost."""


class ServerError(EngineError, ConnectionError):
    """A server of the engine that does not answer, or refuses."""


class ListChangedError(ServerError):
    """A list that changed between two of its parts; it is to be asked for from its beginning."""


class LockedError(EngineError, RuntimeError):
    """Another run holds the writer's lock."""

    exit_code = 4


WAY_OUT = "run 'engine rollback' for an earlier generation or 'engine rebuild' for a new one"
"""What every message about a damaged generation ends with."""


def damaged(name: str, file: str, what: str) -> DamagedError:
    """Return the error for one file of generation `name`."""
    return DamagedError(f"generation {name}: {file} {what}; {WAY_OUT}")
