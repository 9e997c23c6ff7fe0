"""Ids: given, from the address, from the content."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.reading.articles import canonical_url, derived_id, given_id, host_of
from engine.reading.fields import FieldError


@pytest.mark.parametrize(
    ("url", "canonical"),
    [
        ("https://Example.COM/News/1", "https://example.com/News/1"),
        ("http://example.com:80/a", "https://example.com/a"),
        ("https://example.com:443/a/", "https://example.com/a"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("https://example.com/a?utm_source=x&id=7&fbclid=y#top", "https://example.com/a?id=7"),
        ("https://example.com/a?b=2&a=1", "https://example.com/a?a=1&b=2"),
        ("https://example.com/#!/story/5", "https://example.com#!/story/5"),
        ("https://user:secret@example.com/a", "https://example.com/a"),
        ("https://www.example.com/a", "https://www.example.com/a"),
        (" https://example.com./a ", "https://example.com/a"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
        ("ftp://example.com/a", ""),
        ("example.com/a", ""),
        ("https://", ""),
        ("https://example.com:99999/a", ""),
        ("https://[broken/a", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_canonical_url(url, canonical):
    assert canonical_url(url) == canonical


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


def test_host_is_the_source_of_last_resort():
    assert host_of("https://www.Example.com/a") == "example.com"
    assert host_of("nonsense") == ""


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=80))
@example(" #")
@example("a/ /")
@example("a#! ")
def test_canonical_form_is_stable(text):
    once = canonical_url(f"https://example.com/{text}")
    assert canonical_url(once) == once
    canonical_url(text)
