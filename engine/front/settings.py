"""What a front is told when it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from engine.errors import InputError
from engine.serve.settings import Listening


@dataclass(frozen=True, slots=True)
class FrontSettings(Listening):
    """What a front is told when it starts.

    Attributes
    ----------
    shards
        Addresses of the servers behind it, as ``http://10.0.0.2:8080``; their order settles ties.
    shard_token
        Lets it read from them; empty: none.
    deadline
        Seconds after which a shard that has not answered has no part in an answer.

    Raises
    ------
    InputError
        An address is none, or is there twice.
    """

    shards: Sequence[str]
    shard_token: str = ""
    deadline: float = 5.0

    def __post_init__(self) -> None:
        """Refuse what cannot be asked."""
        for number, shard in enumerate(self.shards):
            if not _is_address(shard):
                raise InputError(
                    f"expected an address such as http://10.0.0.2:8080 for a shard, without a name "
                    f"or password in it, got {shard!r}"
                )
            if shard in self.shards[:number]:
                raise InputError(f"the shard {shard} is given twice")


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        whole = parts.port is None or bool(parts.port)
    except ValueError:
        return False
    named = bool(parts.hostname) and "@" not in parts.netloc
    return (
        whole
        and named
        and parts.scheme in {"http", "https"}
        and not (parts.query or parts.fragment)
    )
