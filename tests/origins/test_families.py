"""Outlets of one owner are found by domain, subdomain or name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InputError
from engine.origins.families import Families, parse_owners, shipped_families

OURS = Families({"lake.example": "Lake Group", "The Lake Post": "Lake Group"})


@pytest.mark.parametrize(
    "outlet",
    ["lake.example", "www.lake.example", "sport.lake.example", "LAKE.example:80", "the lake post"],
)
def test_an_outlet_has_its_owner(outlet):
    assert OURS.of(outlet) == "Lake Group"


def test_the_host_decides_where_the_name_is_not_known():
    assert OURS.of("Sport of the Lake", "sport.lake.example") == "Lake Group"
    assert OURS.of("Another", "snowlake.example") == "Another"
    assert OURS.of("", "snowlake.example") == "snowlake.example"
    assert OURS.of("") == ""
    assert OURS.of("www.Another.example:80") == OURS.of("another.example") == "another.example"
    assert OURS.of("The 9:30") == "The 9:30"


def test_what_a_base_is_told_goes_before():
    assert OURS.with_owners({"sport.lake.example": "Sports"}).of("sport.lake.example") == "Sports"
    assert shipped_families().of("edition.cnn.com") == "CNN"


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("Lake Group lake.example", "line 1: expected an owner, a tab"),
        ("# head\n\tlake.example", "line 2: expected an owner"),
        ("A\tx.example\nB\tx.example", "line 2: 'x.example' belongs to 'A' already"),
    ],
)
def test_a_table_that_is_none_names_its_line(table, said):
    with pytest.raises(InputError, match=said):
        parse_owners(table, "the table")


@given(st.text())
def test_any_outlet_has_a_family(outlet):
    assert isinstance(shipped_families().of(outlet, outlet), str)
