"""Searching by meaning, by words, and by both."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import engine
from engine.cli.similar import Mode
from engine.domain import EncoderSpec, Rows
from engine.errors import InputError
from engine.jobs.querying.ranking import LEXICAL_WEIGHT, MODES, RANK_OFFSET, fuse
from engine.same_event.hits import POSSIBLE
from engine.store import ArticleFilter

ARTICLES = {
    "rare": ("de", "Der Zeppelin Quorvax landete am Montag im Hafen der Stadt."),
    "near": ("en", "An airship landed in the harbour of the city on Monday."),
    "far": ("en", "The council raised the price of water for households."),
    "zh": ("zh", "一名士兵星期二在巴赫穆特附近向无人机投降。"),
    "other": ("zh", "中央银行星期三提高利率。"),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ranking")
    feed = folder / "feed.jsonl"
    feed.write_text(
        "".join(
            json.dumps({"id": id_, "text": text, "language": language}) + "\n"
            for id_, (language, text) in ARTICLES.items()
        )
    )
    with engine.open(folder / "base") as opened:
        opened.ingest([feed])
        opened.rebuild(spec=EncoderSpec("hashing"))
        yield opened


def ids(base, text, **options):
    return [hit.article.id for hit in base.similar(text, fold=False, **options)]


def test_words_find_only_articles_that_share_one(base):
    assert ids(base, "Quorvax", mode="lexical") == ["rare"]
    assert ids(base, "无人机", mode="lexical") == ["zh"]
    assert ids(base, "xyzzy", mode="lexical") == []


def test_both_find_what_either_finds(base):
    found = ids(base, "Quorvax", mode="hybrid", k=5)
    assert set(found) == set(ARTICLES)
    assert found.index("rare") <= ids(base, "Quorvax", mode="dense", k=5).index("rare")


@pytest.mark.parametrize("mode", MODES)
def test_every_mode_keeps_to_the_filter_the_minimum_and_the_number(base, mode):
    english = ArticleFilter(languages=("en",))
    assert set(ids(base, "the harbour of the city", mode=mode, which=english)) <= {"near", "far"}
    assert len(ids(base, "the harbour of the city", mode=mode, k=1)) == 1
    hits = base.similar("the harbour of the city", mode=mode, minimum=0.2)
    assert all(hit.cosine >= 0.2 for hit in hits)
    query = base.query("the harbour of the city")
    for hit in hits:
        (vector,) = base.reader.generation.vectors(np.array([hit.row]))
        assert hit.cosine == pytest.approx(float(vector @ query.vector[0]), abs=1e-5)


@pytest.mark.parametrize("mode", MODES)
def test_a_stored_article_is_not_its_own_hit(base, mode):
    assert "near" not in [hit.article.id for hit in base.similar(base.query(id="near"), mode=mode)]


def test_a_filter_is_applied_before_articles_are_counted(tmp_path):
    feed = tmp_path / "feed.jsonl"
    lines = [{"id": f"en{n}", "text": f"Harbour news {n}", "language": "en"} for n in range(9)]
    lines.append({"id": "de", "text": "Ein Harbour in langem Satz ohne News", "language": "de"})
    feed.write_text("".join(json.dumps(line) + "\n" for line in lines))
    with engine.open(tmp_path / "base") as opened:
        opened.ingest([feed])
        opened.rebuild(spec=EncoderSpec("hashing"))
        which = ArticleFilter(languages=("de",))
        assert ids(opened, "harbour news", mode="lexical", which=which, k=1) == ["de"]


def test_yesterday_s_look_alike_comes_after_the_same_event(tmp_path):
    """The nearest by words and vectors is last year's report of the same kind of event."""
    report = "A drone hit the oil depot at Varna {when} and {n} people were hurt, the mayor said."
    articles = {
        "now": ("2023-05-10T08:00:00Z", report.format(when="at night", n=12)),
        "old": ("2022-05-01T08:00:00Z", report.format(when="at night", n=3)),
        "same": (
            "2023-05-10T11:00:00Z",
            "At night a drone hit the oil depot at Varna, 12 were hurt.",
        ),
    }
    for place in range(60):  # more of them than are looked at
        when = report.format(when="in the night", n=place + 20)
        articles[f"older{place}"] = (f"2021-{1 + place % 12:02d}-03T08:00:00Z", when)
    for day in range(40):
        when = f"2023-{1 + day % 12:02d}-{1 + day % 28:02d}T09:00:00Z"
        articles[f"other{day}"] = (
            when,
            f"Council {day} debates water, item {day * 7} of {day * 3}.",
        )
    feed = tmp_path / "feed.jsonl"
    feed.write_text(
        "".join(
            json.dumps({"id": id_, "text": text, "published_at": when, "language": "en"}) + "\n"
            for id_, (when, text) in articles.items()
        )
    )
    with engine.open(tmp_path / "base") as opened:
        opened.ingest([feed])
        opened.rebuild(spec=EncoderSpec("hashing"))
        query = opened.query(id="now")
        assert ids(opened, query, mode="dense", k=1) == ["old"]
        assert "same" not in ids(opened, query, mode="dense", k=50)
        assert ids(opened, query, k=1) == ["same"]
        # More hits asked for do not change which come first.
        assert ids(opened, query, k=20)[0] == "same"
        hits = opened.similar(query, k=20)
        chances = [hit.probability for hit in hits if hit.probability >= POSSIBLE]
        assert chances == sorted(chances, reverse=True)
        # What is something else for certain is in the order of meaning again.
        rest = [hit.cosine for hit in hits[len(chances) :]]
        assert len(rest) > 10
        assert rest == sorted(rest, reverse=True)


def test_another_mode_is_refused(base):
    with pytest.raises(InputError, match="event, dense, lexical, hybrid"):
        base.similar("text", mode="magic")


def test_the_command_line_names_the_same_modes():
    assert tuple(mode.value for mode in Mode) == MODES


@given(
    vectors=st.lists(st.integers(0, 30), unique=True),
    words=st.lists(st.integers(0, 30), unique=True),
)
def test_fusion_equals_adding_up_reciprocal_ranks(vectors, words):
    scores: dict[int, float] = {}
    for weight, rows in ((1.0, vectors), (LEXICAL_WEIGHT, words)):
        for place, row in enumerate(rows):
            scores[row] = scores.get(row, 0.0) + weight / (RANK_OFFSET + 1 + place)
    fused = fuse(Rows(np.array(vectors, np.int64)), Rows(np.array(words, np.int64))).tolist()
    assert sorted(fused) == sorted(scores)
    assert [scores[row] for row in fused] == pytest.approx(sorted(scores.values(), reverse=True))
