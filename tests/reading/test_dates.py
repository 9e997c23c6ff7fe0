"""Dates in the forms that news comes with."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reading.dates import parse_date

FETCHED = datetime(2024, 5, 9, 12, tzinfo=UTC)
EIGHT = datetime(2024, 5, 8, 8, 0, tzinfo=UTC)
DAY = datetime(2024, 5, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2024-05-08T08:00:00Z", EIGHT),
        ("2024-05-08T10:00:00+02:00", EIGHT),
        ("2024-05-08T10:00:00+0200", EIGHT),
        ("2024-05-08 10:00:00 +0200", EIGHT),
        ("2024-05-08T08:00:00.000Z", EIGHT),
        ("2024-05-08T08:00:00", EIGHT),
        ("2024-05-08 08:00", EIGHT),
        ("2024-05-08 08:00:00 UTC", EIGHT),
        ("2024-05-08Z", DAY),
        ("2024-05-08+02:00", datetime(2024, 5, 7, 22, tzinfo=UTC)),
        ("2024-05-08 -0500", datetime(2024, 5, 8, 5, tzinfo=UTC)),
        ("08.05.2024 +02:00", datetime(2024, 5, 7, 22, tzinfo=UTC)),
        ("20240508T080000Z", EIGHT),
        ("20240508080000", EIGHT),
        ("2024-05-08", DAY),
        ("20240508", DAY),
        (20240508, DAY),
        ("2024/05/08", DAY),
        ("2024/5/8 08:00", EIGHT),
        ("08.05.2024", DAY),
        ("8.5.2024 08:00", EIGHT),
        ("8 May 2024", DAY),
        ("May 8, 2024", DAY),
        ("May 08, 2024 08:00", EIGHT),
        ("May 8, 2024 8:00 am", EIGHT),
        ("Wed, 08 May 2024 08:00:00 GMT", EIGHT),
        ("Wed, 08 May 2024 10:00:00 +0200", EIGHT),
        ("Wed, 08 May 2024 10:00:00 CEST", EIGHT),
        ("Wed, 08 May 2024 04:00:00 EDT", EIGHT),
        (1715155200, EIGHT),
        (1715155200.0, EIGHT),
        ("1715155200", EIGHT),
        (1715155200000, EIGHT),
        ("1715155200000", EIGHT),
        (1715155200000000, EIGHT),
        (datetime(2024, 5, 8, 8, tzinfo=UTC), EIGHT),
        (datetime(2024, 5, 8, 8), EIGHT),  # noqa: DTZ001 - that is the case
        ("2024-05-10T11:00:00Z", datetime(2024, 5, 10, 11, tzinfo=UTC)),
        ("1900-01-01", datetime(1900, 1, 1, tzinfo=UTC)),
        ("", None),
        ("  ", None),
        (0, None),
        ("0", None),
        ("1970-01-01T00:00:00Z", None),
        ("Thu, 01 Jan 1970 01:00:00 +0100", None),
        ("2024-05", None),
        ("2024", None),
        ("2024/5", None),
    ],
)
def test_a_date_is_read(value, moment):
    assert parse_date(value, fetched=FETCHED) == moment


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("05/09/2024", "YYYY-MM-DD"),
        ("09-05-2024", "YYYY-MM-DD"),
        ("2024-13-01", "no date"),
        ("2024-02-30", "no date"),
        ("32.01.2024", "no date"),
        ("soon", "no date"),
        ("Wed, 99 May 2024 08:00:00 GMT", "no date"),
        ("2024-05-08T25:00:00Z", "no date"),
        ("x" * 100, "100 characters"),
        ("1899-12-31", "before 1900"),
        (-99999999999, "before 1900"),
        ("2024-05-10T12:00:01Z", "future"),
        ("9999-12-31T23:59:59-10:00", "year 9999"),
        (1e30, "no time"),
        (float("nan"), "no time"),
        (float("inf"), "no time"),
        (True, "a date as text"),
        (None, "a date as text"),
        ([2024], "a date as text"),
    ],
)
def test_what_is_no_time_of_publication_says_so(value, words):
    with pytest.raises(ValueError, match=words):
        parse_date(value, fetched=FETCHED)


@settings(deadline=None, max_examples=200)
@given(
    # Milliseconds of before September 2001 have 12 digits, and may be read as a day and a time.
    st.datetimes(min_value=datetime(2001, 9, 10), max_value=datetime(2024, 5, 9)),  # noqa: DTZ001
    st.integers(-14 * 60, 14 * 60),
)
def test_every_spelling_of_a_moment_is_that_moment(moment, minutes):
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    local = moment + timedelta(minutes=minutes)
    sign, size = "-" if minutes < 0 else "+", abs(minutes)
    zone = f"{sign}{size // 60:02}{size % 60:02}"
    for text in (
        f"{local:%Y-%m-%dT%H:%M:%S}{zone}",
        f"{local:%a, %d %b %Y %H:%M:%S} {zone}",
        int(moment.timestamp()),
        int(moment.timestamp()) * 1000,
    ):
        if not isinstance(text, int) or moment.timestamp() > 1e8:
            assert parse_date(text, fetched=FETCHED) == moment


@settings(deadline=None, max_examples=500)
@given(st.one_of(st.text(max_size=60), st.floats(), st.integers()))
def test_any_value_is_a_date_none_or_a_value_error(value):
    try:
        moment = parse_date(value, fetched=FETCHED)
    except ValueError:
        return
    assert moment is None or moment.utcoffset() == timedelta(0)
