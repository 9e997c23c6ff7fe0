"""Web addresses: spellings of one, and what is none."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.words.addresses import canonical_url, host_of


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
