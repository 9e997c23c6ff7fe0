"""Ids: given, from the address, from the content."""

import pytest

from engine.reading.articles import derived_id, given_id
from engine.reading.fields import FieldError


def test_spellings_of_one_address_are_one_id_and_other_pages_are_not():
    def name(url):
        return derived_id(url=url, source="", title="T", body="B")

    assert name("http://example.com/a?utm_medium=m") == name("https://example.com/a/#x")
    assert name("https://example.com/a?p=1") != name("https://example.com/a?p=2")
    assert name("https://example.com/a").startswith("url-")


@pytest.mark.parametrize("url", ["", "https://example.com", "https://example.com/#top"])
def test_a_front_page_names_no_article(url):
    one = derived_id(url=url, source="S", title="T", body="One")
    assert one.startswith("text-")
    assert one != derived_id(url=url, source="S", title="T", body="Two")
    assert one == derived_id(url=url, source="S", title="T ", body=" One\n")
    assert one != derived_id(url=url, source="Other", title="T", body="One")


@pytest.mark.parametrize(
    ("value", "name"), [(" a ", "a"), (7, "7"), ("", ""), ({"$oid": "5f"}, "5f")]
)
def test_given_ids(value, name):
    assert given_id(value) == name


@pytest.mark.parametrize("value", [True, 1.5, [], {}, "a\tb", "a\x7f", "x" * 513, "a\u2028b"])
def test_unusable_ids(value):
    with pytest.raises(FieldError):
        given_id(value)
