"""An agency is credited by who prints it, not by who cites it or shows its picture."""

from pathlib import Path

import pytest

from engine.origins import agencies
from engine.origins.agencies import credited_agency

CREDITED = [
    ("AMSTERDAM (ANP) - De brug gaat volgende week open.", "ANP"),
    ("LAKEVILLE, May 9 (Reuters) - The bridge opens next week.", "Reuters"),
    ("LAKEVILLE (WQQQ/AP) – The bridge opens next week.", "AP"),
    ("(AP)—The bridge opens next week.", "AP"),
    ("МОСКВА, 9 мая. /ТАСС/. Мост откроют на следующей неделе.", "TASS"),
    ("МОСКВА, 9 мая — РИА Новости. Мост откроют.", "RIA Novosti"),
    ("ТАСС, 9 мая. Мост откроют на следующей неделе.", "TASS"),
    ("القاهرة (رويترز) - يفتتح الجسر الأسبوع المقبل.", "Reuters"),
    ("新华社北京5月9日电 大桥将于下周开放。", "Xinhua"),
    ("(서울=연합뉴스) 김하나 기자 = 다리는 다음 주에 열린다.", "Yonhap"),
    ("Ada Lind and Bo Ek, The Associated Press\n\nThe bridge opens next week.", "AP"),
    ("The bridge opens.\nCopyright 2026 The Associated Press. All rights reserved.", "AP"),
    ("De brug gaat open.\n\nBron: ANP", "ANP"),
    ("The bridge opens.\n(Reuters)", "Reuters"),
    ('"It opens next week," she said. — AFP', "AFP"),
]

CITED = [
    "The mayor told AFP that the bridge opens next week.",
    "The bridge opens next week, Reuters reported.",
    "Image copyright Reuters\nThe bridge opens next week.",
    "© REUTERS/ Ada Lind The bridge at dawn\nIt opens next week.",
    "The bridge at dawn. (Reuters/Ada Lind) LAKEVILLE - It opens next week.",
    "It opens next week.\nThe Associated Press contributed to this report.",
    "LAKEVILLE, PA - The bridge opens next week.",
    "The bridge at dawn. AP Photo/Ada Lind\nIt opens next week.",
    "AP\nThe bridge opens next week.",
]


@pytest.mark.parametrize(("text", "agency"), CREDITED)
def test_a_credit_names_the_agency(text, agency):
    assert credited_agency(text) == agency


@pytest.mark.parametrize("text", CITED)
def test_a_citation_or_a_picture_is_no_credit(text):
    assert credited_agency(text) == ""


def test_a_byline_may_be_the_agency():
    assert credited_agency("The bridge opens.", "Ada Lind, dpa") == "dpa"
    assert credited_agency("The bridge opens.", "Ada Lind") == ""


def test_a_credit_in_the_middle_of_a_long_text_is_none():
    lines = ["The bridge opens next week."] * 30
    assert credited_agency("\n".join([*lines, "(Reuters)", *lines])) == ""
    assert credited_agency("") == ""


@pytest.mark.parametrize("n_words", [50, 150, 400])
def test_either_end_of_a_text_of_any_length_may_hold_a_credit(n_words):
    words = " ".join(f"word{number}" for number in range(n_words))
    assert credited_agency(f"LAKEVILLE (AP) - {words}") == "AP"
    assert credited_agency(f"{words}\n(Reuters)") == "Reuters"
    assert credited_agency(words) == ""


def forms():
    table = Path(agencies.__file__).with_suffix(".tsv").read_text(encoding="utf-8")
    lines = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    return {form: agency for agency, forms in lines for form in (agency, *forms.split("|"))}


@pytest.mark.parametrize("before", ["It opens.\n", "It opens on Tuesday or askance, depda.\n"])
def test_every_form_in_the_table_is_a_credit_at_either_end(before):
    middle = "\n".join(["The bridge opens next week."] * 60)
    for form, agency in forms().items():
        assert credited_agency(f"{before}({form})") == agency
        assert credited_agency(f"{before}ROMA ({form}) - {middle}") == agency
        assert credited_agency(f"{middle}\n{before}({form})") == agency


def test_letters_of_a_form_inside_a_word_are_no_credit():
    for form in forms():
        assert credited_agency(f"(x{form}x)\nIt opens.") == ""
