"""The whole job on small articles with the hashing encoder."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

import engine
from engine.errors import InputError, NotFoundError
from engine.store import ArticleFilter
from tests.jobs.cases import BRIDGE, HASHING, ROBBERY, line


def test_articles_become_neighbours_and_stories(base):
    assert base.similar("stone bridge collapsed", k=3)[0].article.id.startswith("b")
    base.cluster()
    groups = [sorted(story.article_ids) for story in base.stories()]
    assert groups == [["b1", "b2", "b3"], ["r1", "r2"]]


def test_an_article_is_not_its_own_neighbour(base):
    hits = base.similar(base.query(id="r1"), k=5)
    assert hits[0].article.id == "r2"
    assert "r1" not in [hit.article.id for hit in hits]


def test_a_text_finds_its_own_stored_copy(base, feed):
    copy = feed.with_suffix(".txt")
    copy.write_text("A quiet village festival opened with music, and cake was for everybody.")
    base.ingest([copy])
    base.rebuild()
    assert base.similar(base.query(file=copy), k=1)[0].cosine == pytest.approx(1, abs=1e-3)


def test_hits_are_sorted_and_limited(base):
    hits = base.similar("bridge", k=4, fold=False)
    cosines = [hit.cosine for hit in hits]
    assert len(hits) == 4
    assert cosines == sorted(cosines, reverse=True)
    least = cosines[1]
    assert len(base.similar("bridge", k=4, minimum=least, fold=False)) == 2


def test_near_duplicates_fold_under_the_better_hit(tmp_path, feed):
    copies = tmp_path / "copies.jsonl"
    copies.write_text("\n".join(line(f"c{n}", BRIDGE, source=f"Wire {n}") for n in range(12)))
    with engine.open(tmp_path / "base") as base:
        base.ingest([feed, copies])
        base.rebuild(spec=HASHING)
        hits = base.similar(BRIDGE, k=3)
        # Twelve copies and the original are one hit; three hits are still found.
        assert len(hits) == 3
        assert len(hits[0].folded) >= 12
        assert base.similar(BRIDGE, k=3, fold=False)[2].cosine == pytest.approx(1, abs=1e-3)


def test_filters_hold_for_every_hit(base):
    noon = datetime(2023, 5, 11, tzinfo=UTC)
    late = base.similar("robbers", k=9, which=ArticleFilter(since=noon), fold=False)
    assert {hit.article.id for hit in late} == {"r1", "r2"}
    weekly = base.similar("robbers", k=9, which=ArticleFilter(sources=("Weekly",)), fold=False)
    assert {hit.article.id for hit in weekly} == {"b2", "r2"}
    assert base.similar("robbers", which=ArticleFilter(languages=("nl",))) == []


def test_a_file_is_a_query(base, tmp_path):
    note = tmp_path / "note.txt"
    note.write_text("Masked robbers took gold coins from the museum at night.")
    assert base.similar(base.query(file=note), k=1)[0].article.id in {"r1", "r2"}


def test_why_names_what_is_shared(base):
    query = base.query("The bridge over the river Elm fell on Monday.")
    hits = base.similar(query, k=2)
    first = base.why(query, hits)[0]
    assert "Elm" in first.explanation.shared_names
    assert first.explanation.probability == pytest.approx(hits[0].probability, abs=1e-4)
    assert "Elm" in first.sentences[1]
    assert first.explanation.cosine == pytest.approx(hits[0].cosine, abs=1e-4)


@pytest.mark.parametrize(
    "ask", [{}, {"text": "a", "id": "b1"}, {"text": " \n"}], ids=["none", "two", "blank"]
)
def test_a_query_is_exactly_one_thing(base, ask):
    with pytest.raises(InputError):
        base.query(**ask)


def test_unknown_and_unindexed_articles_are_told_apart(base, tmp_path):
    with pytest.raises(NotFoundError, match="no article"):
        base.query(id="nowhere")
    late = tmp_path / "late.jsonl"
    late.write_text(line("late", "Something new happened in the harbour."))
    base.ingest([late])
    with pytest.raises(NotFoundError, match="engine rebuild"):
        base.query(id="late")


def test_ingesting_twice_changes_nothing_and_a_change_is_an_update(base, feed):
    again = base.ingest([feed])
    assert (again.added, again.updated, again.unchanged) == (0, 0, 6)
    feed.write_text(line("b1", "The bridge did not collapse after all."))
    assert base.ingest([feed]).updated == 1
    assert base.rebuild().n_embedded == 1
    assert base.similar(base.query(id="b1"), k=1)


def test_a_bad_line_is_logged_and_the_rest_goes_on(base, tmp_path):
    mixed = tmp_path / "mixed.jsonl"
    mixed.write_text("\n".join([line("good", "A good article."), "{broken", line("fine", "Fine.")]))
    report = base.ingest([mixed])
    assert (report.added, report.rejected) == (2, 1)
    logged = [json.loads(text) for text in report.log.read_text().splitlines()]
    assert [(entry["line"], entry["file"]) for entry in logged] == [(2, str(mixed))]
    assert logged[0]["reason"]


def test_rebuild_embeds_only_what_is_new(base, feed):
    assert base.rebuild().n_embedded == 0
    with feed.open("a") as more:
        more.write("\n" + line("new", "A ferry ran aground near the lighthouse."))
    base.ingest([feed])
    report = base.rebuild()
    assert (report.n_embedded, report.n_articles) == (1, 7)


def test_the_encoder_of_the_generation_is_kept(base):
    base.rebuild()
    assert base.reader.generation.manifest.encoder == replace(HASHING, precision="float32")


def test_a_rebuild_keeps_stories_until_the_next_clustering(base, tmp_path):
    base.cluster()
    before = base.stories()
    more = tmp_path / "more.jsonl"
    more.write_text(line("r3", ROBBERY + " The mayor was shocked.", source="Third"))
    base.ingest([more])
    base.rebuild()
    assert base.stories() == before
    base.cluster()
    assert ["r1", "r2", "r3"] in [sorted(story.article_ids) for story in base.stories()]


def test_a_window_leaves_older_stories_as_they_are(base, tmp_path):
    base.cluster()
    old = next(story for story in base.stories() if "b1" in story.article_ids)
    more = tmp_path / "more.jsonl"
    more.write_text(line("r3", ROBBERY + " A coin was found.", published_at="2023-05-12T00:00:00Z"))
    base.ingest([more])
    base.rebuild()
    report = base.cluster(window=timedelta(hours=24))
    assert (report.n_articles, report.n_kept) == (3, 1)
    assert old in base.stories()
    assert ["r1", "r2", "r3"] in [sorted(story.article_ids) for story in base.stories()]


def test_a_story_at_the_edge_of_the_window_is_not_torn(base):
    base.cluster()
    base.cluster(window=timedelta(hours=1))  # r2 is inside, r1 is not
    assert ["r1", "r2"] in [sorted(story.article_ids) for story in base.stories()]


def test_a_date_in_the_future_does_not_move_the_window(base, tmp_path):
    soon = datetime.now(UTC) + timedelta(hours=12)
    more = tmp_path / "more.jsonl"
    more.write_text(line("soon", "An announcement.", published_at=soon.isoformat()))
    base.ingest([more])
    base.rebuild()
    assert base.cluster(window=timedelta(days=2)).n_articles == 6


def test_status_tells_what_a_rebuild_would_embed(base, tmp_path):
    found = base.status()
    assert (found.n_articles, found.live.n_indexed, found.n_to_embed) == (6, 6, 0)
    more = tmp_path / "more.jsonl"
    more.write_text(line("new", "A ferry ran aground."))
    base.ingest([more])
    assert base.status().n_to_embed == 1
