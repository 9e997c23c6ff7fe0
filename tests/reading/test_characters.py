"""Characters are repaired, words and the outlet's own signs are kept."""

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.reading.cleaning.cleaner import repair


@pytest.mark.parametrize(
    ("broken", "repaired"),
    [
        ("Tom &amp; Jerry &#8211; caf&eacute;", "Tom & Jerry – café"),
        ("&amp;quot;Yes&amp;quot;", '"Yes"'),
        ("a?b=1&copy=2&reg=3", "a?b=1&copy=2&reg=3"),
        ("cafÃ© in MalmÃ¶", "café in Malmö"),
        ("itâ€™s â€œfineâ€\x9d", "it’s “fine”"),
        ("РџСЂРёРІРµС‚, РјРёСЂ", "Привет, мир"),
        ("“curled” ‘quotes’ stay’s", "“curled” ‘quotes’ stay’s"),
        ("Ｆｕｌｌ　ｗｉｄｔｈ", "Ｆｕｌｌ ｗｉｄｔｈ"),
        ("Spaß” sagte er, l’été”", "Spaß” sagte er, l’été”"),
        ("a\u00adb\u200bc\ufeffd\x07e", "abcde"),
        ("\u202eesrever\u202c plain \u2066x\u2069", "esrever plain x"),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("a \t b\u00a0\u00a0c", "a b c"),
        ("a\r\nb\rc\u2028d\x85e\x0bf", "a\nb\nc\nd\ne\nf"),
        ("a\n \n\n \n b ", "a\n\nb"),
        ("<p>One <b>bold</b> word.</p><p>Two<br/>three.</p>", "One bold word.\n\nTwo\nthree."),
        ("x<script>alert(1)</script>y<style>p{}</style>z", "xyz"),
        ("x<!-- hidden <b>not</b> -->y", "xy"),
        ("x<script>never closed", "x"),
        ("&lt;p&gt;Escaped markup.&lt;/p&gt;", "Escaped markup."),
        ("1 < 2, <3 and a<b but c>d", "1 < 2, <3 and a<b but c>d"),
        ("e\u0301te\u0301", "été"),
    ],
)
def test_repair(broken, repaired):
    assert repair(broken) == repaired


def test_a_printable_line_holds_no_sign_that_repair_takes_out_but_single_spaces():
    printable = [chr(code) for code in range(0x110000) if chr(code).isprintable()]
    # Each between letters: what `isprintable` spares the patterns is not theirs anyway.
    kept = [sign for sign in printable if repair(f"a{sign}b") != f"a{sign}b"]
    assert all(unicodedata.normalize("NFC", f"a{sign}b") != f"a{sign}b" for sign in kept)
    assert all(not chr(code).isprintable() for code in (0xAD, 0x200B, 0xA0, 0x2028, 0x3000, 0x85))


@pytest.mark.parametrize("broken", ["Ã©", "â€™", "ðŸ˜€", "РџСЂРёРІРµС‚"])
def test_mojibake_is_seen_wherever_it_stands(broken):
    whole = repair(broken)
    assert whole != broken
    assert repair(f"été à Рим ñ{broken}") == f"été à Рим ñ{whole}"


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=300))
def test_repaired_text_is_normal_and_has_no_control_characters(text):
    repaired = repair(text)
    assert unicodedata.is_normalized("NFC", repaired)
    assert not [sign for sign in repaired if unicodedata.category(sign) == "Cc" and sign != "\n"]
    assert "\n\n\n" not in repaired
    assert "  " not in repaired


@settings(deadline=None, max_examples=200)
@given(st.text(st.characters(codec="utf-8", categories=("Lu", "Ll", "Lo", "Nd")), max_size=100))
def test_letters_and_digits_are_never_lost(text):
    plain = unicodedata.normalize("NFC", text)
    if plain.isascii() or not set(plain) & {chr(code) for code in range(0xC2, 0xF5)} | set("РС"):
        assert repair(text) == plain


@pytest.mark.parametrize(
    "unit", ["<a ", "<!--", "&amp;", "<script>", "Ã©", "<p", "\n ", "&#", "< ", "РџСЂ", "\u202e"]
)
def test_time_grows_with_length_only(unit):
    def seconds(n):
        start = time.process_time()
        repair(unit * n)
        return time.process_time() - start

    seconds(1000)
    assert seconds(40_000) < 2.0
