"""Tables fit the terminal, whatever the script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.cli.table import n_cells, table

NAMES = ("source", "title")


def lines(*rows, width=None):
    return list(table(NAMES, rows, width=width))


def test_a_table_without_a_width_is_as_wide_as_it_is():
    long = "The ferry ran aground " * 20
    assert lines(("Daily", long), ("Evening Post", "Ferry")) == [
        "source         title",
        "--------------------",
        f"Daily          {long.strip()}",
        "Evening Post   Ferry",
    ]


def test_the_last_column_is_folded_between_words():
    found = lines(("Daily", "The ferry to Ostmark ran aground"), width=30)
    assert found[2:] == ["Daily    The ferry to Ostmark", "         ran aground"]


def test_other_columns_are_cut_where_they_leave_no_room():
    found = lines(("A daily paper of the coast", "The ferry to Ostmark ran aground"), width=40)
    assert found[2:] == [
        "A daily paper of…   The ferry to Ostmark",
        "                    ran aground",
    ]


def test_characters_of_east_asia_take_two_cells():
    assert n_cells("渡轮搁浅") == 8
    assert n_cells("e\u0301") == 1
    found = lines(("日報", "渡轮在港口搁浅无人受伤"), ("Daily", "Ferry"), width=30)
    assert found[2:] == ["日報     渡轮在港口搁浅无人受", "         伤", "Daily    Ferry"]


def test_what_would_move_the_cursor_is_a_blank():
    assert lines(("Daily", "Ferry\x1b[2J\nHarbour"))[2] == "Daily    Ferry [2J Harbour"


def test_a_table_without_rows_has_its_names():
    assert lines(width=80) == ["source   title", "--------------"]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=5), st.integers(30, 120))
def test_no_line_is_wider_than_the_terminal_and_nothing_of_the_last_column_is_lost(rows, width):
    found = lines(*rows, width=width)
    assert all(n_cells(line) <= width for line in found)
    for _, title in rows:
        for word in "".join(one if one.isalnum() else " " for one in title).split():
            assert all(letter in "".join(found) for letter in word)


@pytest.mark.parametrize("width", [1, 8, 14])
def test_a_terminal_that_is_too_narrow_is_overrun(width):
    assert len(lines(("Daily", "The ferry ran aground"), width=width)) > 3
