"""PDF documents: headline, paragraphs, divided words, page headers, damage."""

import random

import pytest

from engine.domain import Article, Reject
from engine.reading.formats.pdf import LARGEST, MOST_PAGES, MOST_STEPS
from tests.reading.cases import articles

pytest.importorskip("pypdf")

BODY = (
    (10, "The bridge over the river closes on Monday for repairs, the council an-"),
    (10, "nounced on Wednesday, and the well-known ferry takes over for a month. A well-"),
    (10, "known inn by the water expects few guests."),
    (10, "Engineers found cracks in two of the piers in March, and the winter made them"),
    (10, "wider."),
)
HEADLINE = ((18, "Bridge closes on Monday,"), (18, "ferry takes over"))


FONT = "/Resources<</Font<</F1 3 0 R>>>>"


def document(*pages, title="", language="", of_page=FONT, of_all="", of_content=""):
    """Return a PDF document of pages of (points, line), with more in its objects where given."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        f"<</Type/Catalog/Pages 2 0 R{f'/Lang({language})' if language else ''}>>",
        f"<</Type/Pages/MediaBox[0 0 595 842]{of_all}/Count {len(pages)}/Kids[{kids}]>>",
        "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    for number, lines in enumerate(pages):
        drawn, height = "", 800.0
        for size, line in lines:
            height -= 1.2 * size
            text = line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
            drawn += f"BT /F1 {size} Tf 1 0 0 1 50 {height} Tm ({text}) Tj ET\n"
        objects += [
            f"<</Type/Page/Parent 2 0 R{of_page}/Contents {5 + 2 * number} 0 R>>",
            f"<</Length {len(drawn)}{of_content}>>stream\n{drawn}\nendstream",
        ]
    objects.append(f"<</Title({title})>>")
    data, places = "%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(data))
        data += f"{number} 0 obj{content}endobj\n"
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        f"{data}xref\n0 {size}\n0000000000 65535 f \n{rows}"
        f"trailer<</Size {size}/Root 1 0 R/Info {size - 1} 0 R>>\nstartxref\n{len(data)}\n%%EOF"
    ).encode()


def read_one(*pages, **options):
    (article,) = articles(document(*pages, **options))
    assert isinstance(article, Article), article
    return article


def test_a_headline_paragraphs_and_divided_words():
    article = read_one((*HEADLINE, *BODY), language="en-GB")
    assert article.title == "Bridge closes on Monday, ferry takes over"
    first, second = article.body.split("\n")
    assert "the council announced on Wednesday, and the well-known ferry takes" in first
    assert "A well-known inn by the water expects" in first
    assert second.startswith("Engineers found cracks")
    assert second.endswith("the winter made them wider.")
    assert (article.language, article.published) == ("en", None)


@pytest.mark.parametrize(
    ("lines", "stated", "headline"),
    [
        (HEADLINE, "Bridge closes", "Bridge closes on Monday, ferry takes over"),
        (((30, "THE ECHO"), (14, "Bridge closes")), "Bridge closes", "Bridge closes"),
        ((), "Bridge closes", "Bridge closes"),
        ((), "Microsoft Word - bridge.docx", ""),
        ((), "bridge_final.indd", ""),
        (HEADLINE, "Untitled-3", "Bridge closes on Monday, ferry takes over"),
    ],
    ids=["shown in full", "name of the paper", "stated only", "Word", "layout", "untitled"],
)
def test_the_headline_is_what_the_first_page_shows(lines, stated, headline):
    assert read_one((*lines, *BODY), title=stated).title == headline


def test_headers_and_footers_that_repeat_are_dropped():
    pages: list[tuple[tuple[int, str], ...]] = [
        ((8, "The Echo, Wednesday"), *BODY[:2], (8, f"Page {n} of 3"), (8, "www.echo.example"))
        for n in range(1, 4)
    ]
    pages[1] = (pages[1][0], *BODY[2:], *pages[1][-2:])
    pages[2] = (pages[2][0], (10, "The last page says something else."), *pages[2][-2:])
    article = read_one((*HEADLINE, *pages[0]), *pages[1:])
    assert "Engineers found" in article.body
    assert "something else" in article.body
    for furniture in ("Echo", "Page", "www"):
        assert furniture not in article.body


def test_what_cannot_be_read_says_so():
    for data, reason in (
        (document(()), "without text"),
        (document(*[BODY] * (MOST_PAGES + 1)), f"has {MOST_PAGES + 1} pages"),
        (b"%PDF-1.7\n1 0 obj", "cannot be read"),
        (b"%PDF-1.7" + bytes(LARGEST), "larger than 32 MiB"),
    ):
        (reject,) = articles(data)
        assert reason in reject.reason


def test_what_a_page_has_of_those_above_it_and_of_forms_is_read():
    forms = "/Resources<</Font<</F1 3 0 R>>/XObject<</X 5 0 R/Y null>>>>"
    inherited = {"of_page": "", "of_all": FONT}
    for options in (inherited, {"of_page": forms, "of_content": "/Subtype/Form"}):
        assert "Engineers found cracks" in read_one(BODY, **options).body


@pytest.mark.slow
def test_a_document_that_is_drawn_without_end_is_left():
    (reject,) = articles(document(((1, "x"),) * (MOST_STEPS // 4)))
    assert f"more than {MOST_STEPS:,} steps" in reject.reason


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("n_inputs", [100, pytest.param(3000, marks=pytest.mark.slow)])
def test_mutated_documents(n_inputs):
    chance = random.Random(n_inputs)
    whole = document((*HEADLINE, *BODY), BODY, title="Bridge closes", language="en")
    for _ in range(n_inputs):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 10)):
            at = chance.randrange(9, len(data))
            data[at : at + chance.choice((0, 1, 8))] = chance.choice(
                (b"", b"0", b"<<", b">>", b"[", b" 2 0 R", b"99999999999", b"endobj", b"\xff")
            )
        (result,) = articles(bytes(data))
        assert isinstance(result, (Article, Reject))
