"""Which outlets belong together: those of one owner speak with one voice."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from engine.errors import InputError
from engine.words.addresses import outlet_name


class Families:
    """Owners of outlets.

    Parameters
    ----------
    owners
        The owner of each outlet, which is a domain (that stands for its subdomains) or a
        name as the articles of a base give it; case does not matter.
    """

    def __init__(self, owners: Mapping[str, str]) -> None:
        self._owners = {_folded(outlet): owner for outlet, owner in owners.items()}
        self._known: dict[tuple[str, str], str] = {}  # outlets are few, articles are many

    def of(self, outlet: str, host: str = "") -> str:
        """Return the owner of an outlet, or the outlet itself where none is known.

        Parameters
        ----------
        outlet
            Name or host, or empty.
        host
            Where its article lies, or empty.
        """
        found = self._known.get((outlet, host))
        if found is None:
            found = self._known[outlet, host] = self._found(outlet, host)
        return found

    def _found(self, outlet: str, host: str) -> str:
        for name in (outlet, host):
            if owner := self._owner(_folded(name)):
                return owner
        return outlet_name(outlet) or host

    def _owner(self, name: str) -> str:
        while name:
            if owner := self._owners.get(name):
                return owner
            _, _, name = name.partition(".")
        return ""

    def with_owners(self, owners: Mapping[str, str]) -> Families:
        """Return these families with `owners` going before what was known."""
        if not owners:
            return self
        return Families({**self._owners, **{_folded(name): own for name, own in owners.items()}})


def _folded(outlet: str) -> str:
    return outlet_name(outlet).casefold()


@cache
def shipped_families() -> Families:
    """Return the owners that are known without a base: a table of well-known ones."""
    table = Path(__file__).with_name("owners.tsv").read_text(encoding="utf-8")
    return Families(parse_owners(table, "owners.tsv"))


def parse_owners(table: str, name: str) -> dict[str, str]:
    """Return the owner of each outlet of a table.

    Parameters
    ----------
    table
        Lines of an owner, a tab, and domains or names of outlets: domains separated by
        spaces, or one name, which may hold spaces. Lines that start with # are comments.
    name
        What errors call the table.

    Raises
    ------
    InputError
        A line has no tab, no owner or no outlet, or an outlet has two owners; names the line.
    """
    owners: dict[str, str] = {}
    for number, line in enumerate(table.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        owner, _, outlets = (part.strip() for part in line.partition("\t"))
        if not (owner and outlets):
            raise InputError(
                f"{name}, line {number}: expected an owner, a tab and its outlets, got {line!r}"
            )
        parts = outlets.split()
        domains = parts if all("." in part for part in parts) else [outlets]
        for outlet in domains:
            if owners.setdefault(_folded(outlet), owner) != owner:
                raise InputError(
                    f"{name}, line {number}: {outlet!r} belongs to {owners[_folded(outlet)]!r} "
                    f"already; an outlet has one owner"
                )
    return owners
