"""The address of the first page, and what its form asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse

from engine.errors import InputError
from engine.serve.given import MayRead, Reading
from engine.serve.pages.opening import first_page, page_address
from engine.serve.pages.today import Chosen

router = APIRouter(include_in_schema=False)

Said = Annotated[str, Query(max_length=500)]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which stories the form of the first page asks for, as it says it."""

    which: Said = ""
    language: Said = ""
    outlet: Said = ""
    day: Said = ""
    words: Said = ""
    headlines: Said = ""
    independent: Annotated[str, Query(pattern=r"^\d{0,3}$")] = ""
    page: Annotated[int, Query(ge=1, le=10_000)] = 1

    @property
    def chosen(self) -> Chosen:
        """The same as what `today` takes."""
        day = as_day(self.day)
        everything = self.which == "all"
        independent = int(self.independent or 0)
        return Chosen(
            self.language, self.outlet, self.words, day, everything, independent, self.page
        )

    def address(self, number: int) -> str:
        """Return the address of another page of the same."""
        said = {
            name: getattr(self, name)
            for name in (
                "which",
                "language",
                "outlet",
                "day",
                "words",
                "headlines",
                "independent",
            )
        }
        filled = {name: value for name, value in said.items() if value}
        return page_address(number, **filled)


@router.get("/")
def show_today(
    request: Request, reader: Reading, caller: MayRead, asked: Annotated[Asked, Depends()]
) -> HTMLResponse:
    """Show the stories that have news."""
    return first_page(
        request, reader, caller, asked.chosen, headlines=asked.headlines, address=asked.address
    )


def as_day(text: str) -> date | None:
    """Return the day that a form says; None where it says none.

    Raises
    ------
    InputError
        It says something else.
    """
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InputError(f"expected a day such as 2023-05-21, got {text!r}") from error
