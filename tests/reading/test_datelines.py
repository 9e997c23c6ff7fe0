"""What is looked at before a pattern is asked never changes what it would have said."""

import re

from hypothesis import given
from hypothesis import strategies as st

from engine.reading.cleaning.datelines import _LEFTOVER, _may_be_named, prefix_end

PARTS = st.sampled_from(
    ("date", "Datum", "FECHA", "Дата", "дат", ": ", "2023-05-09", "(", "[", "/", "-", "word", "9")
) | st.sampled_from(("،", "٣", "東京", "\u0600", "\u05ff", "İ", "ſ", " ", "«", "..."))
LINES = st.lists(PARTS | st.characters(), min_size=1, max_size=8).map("".join)


@given(LINES)
def test_a_leftover_date_is_found_wherever_its_pattern_fits(line):
    fits = _LEFTOVER.match(line) is not None
    assert (prefix_end(line)[1] == "leftover-date") == fits


@given(LINES)
def test_a_line_may_name_an_agency_where_it_has_brackets_a_date_or_arabic(line):
    fits = re.search(r"[(\[/\d]|^[،\u0600-\U0010ffff-]", line) is not None
    assert _may_be_named(line) == fits


def test_names_of_columns_are_found_in_any_case():
    for name in ("date", "DATUM", "Fecha", "дата", "ДАТА"):
        assert prefix_end(f"** {name}: 2023-05-09 The river rose")[1] == "leftover-date"
