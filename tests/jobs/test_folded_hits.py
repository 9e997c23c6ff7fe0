"""Hits that say the same are one hit; those that state other numbers are not."""

import json

import pytest

import engine
from engine.domain import EncoderSpec

LEAD = (
    "The price of a tonne of wheat on the exchange in Rotterdam rose to {price} euros on "
    "Wednesday, traders said. Buyers from abroad had waited for the harvest, and the rain of the "
    "last weeks made them hurry. The exchange expects that the price stays where it is until "
    "the ships from the south arrive, which may take until the end of the month."
)


@pytest.fixture
def base(tmp_path):
    texts = {
        "first": LEAD.format(price=201),
        "edited": LEAD.format(price=201).replace("traders said", "according to traders"),
        "next-day": LEAD.format(price=207),
        "other": "A village festival opened with music and cake for everybody who came.",
    }
    feed = tmp_path / "feed.jsonl"
    feed.write_text(
        "\n".join(
            json.dumps({"id": id_, "text": text, "language": "en", "source": "Echo"})
            for id_, text in texts.items()
        )
    )
    with engine.open(tmp_path / "base") as opened:
        opened.ingest([feed])
        opened.rebuild(spec=EncoderSpec("hashing"))
        yield opened


def test_an_edited_version_is_folded_and_a_template_filled_anew_is_not(base):
    hits = base.similar(LEAD.format(price=201), k=3)
    assert [(hit.article.id, hit.folded) for hit in hits[:2]] == [
        ("first", ("edited",)),
        ("next-day", ()),
    ]
    with engine.open(base.layout.root, many_questions=True) as other:
        assert other.similar(LEAD.format(price=201), k=3) == hits
