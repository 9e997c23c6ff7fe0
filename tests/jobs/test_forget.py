"""Forgotten articles are gone from everywhere, and stay gone."""

import datetime as dt
import json
import sqlite3
from contextlib import closing

import pytest

import engine
from engine.domain import EncoderSpec
from engine.errors import DamagedError, InputError, NotFoundError
from engine.jobs.clustering.forget import Selection
from engine.store import Corpus
from tests.jobs.night_cases import by_words, groups, hashing_base, ids_of, line, plain

BRIDGE = "The old stone bridge over the river Elm collapsed on Monday after heavy rain"
ROBBERY = "Three masked robbers took gold coins from the museum of Oldtown at night"
SECRET = "Zyxwvutquokka"
WEEK = dt.timedelta(days=7)


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "feed.jsonl"
    path.write_text(
        "\n".join(
            [
                line("b1", f"{BRIDGE}.", 1),
                line("b2", f"{BRIDGE}. Nobody was hurt.", 1.1, source="Weekly"),
                line("b3", f"{BRIDGE}. {SECRET} saw it.", 1.2, source="Weekly"),
                line("r1", f"{ROBBERY}.", 2.3),
                line("r2", f"{ROBBERY}. Police search for them.", 2.4),
            ]
        )
    )
    return path


@pytest.fixture
def base(tmp_path, feed):
    with hashing_base(tmp_path / "base", clusterer=by_words) as opened:
        opened.nightly([feed], window=WEEK)
        yield opened


def test_a_forgotten_article_is_gone_from_everywhere(base, feed):
    story = ids_of(base)["b1"]
    certificate = base.forget(Selection(ids=("b3",)))
    assert certificate.n_articles == 1
    assert groups(base) == [["b1", "b2"], ["r1", "r2"]]
    assert ids_of(base)["b1"] == story
    assert base.articles(["b3"]) == {}
    assert base.similar(SECRET, k=5, fold=False, minimum=0.9) == []
    assert base.verify() == []
    assert base.history(story).events[-1][1].kind == "shrank"
    for path in base.layout.root.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert SECRET.encode() not in content, path
            assert SECRET.lower().encode() not in content, path


def test_no_rollback_and_no_feed_brings_it_back(base, feed):
    base.forget(Selection(ids=("b3",)))
    # Only the one from before it came is left.
    assert base.rollback() == base.generations()[0].name
    assert len(base.generations()) == 2
    assert ids_of(base) == {}
    base.nightly([feed], window=WEEK)
    base.cluster()
    assert base.articles(["b3"]) == {}
    assert groups(base) == [["b1", "b2"], ["r1", "r2"]]


def test_earlier_texts_of_an_edited_article_are_forgotten_too(base, tmp_path):
    edit = tmp_path / "edit.jsonl"
    edit.write_text(line("b3", f"{BRIDGE}. Somebody saw it.", 1.2, title=SECRET))
    base.nightly([edit], window=WEEK)
    edit.write_text(line("b3", f"{BRIDGE}. Somebody saw it.", 1.2, title="Witness"))
    base.nightly([edit], window=WEEK)
    base.forget(Selection(ids=("b3",)))
    found = [
        path for path in base.layout.root.rglob("*.sqlite*") if SECRET.encode() in path.read_bytes()
    ]
    assert found == []


def test_a_story_that_loses_all_but_one_article_ends(base):
    base.forget(Selection(source="Weekly"))
    assert groups(base) == [["r1", "r2"]]
    with Corpus(base.layout.corpus) as corpus:
        run = corpus.history.runs()[-1]
        assert [(e.kind, e.n_left) for e in corpus.history.events(run.run)] == [("ended", 2)]


def test_articles_before_a_time_are_forgotten(base):
    before = dt.datetime(2023, 5, 3, tzinfo=dt.UTC)
    assert base.forget(Selection(before=before)).n_articles == 4
    assert groups(base) == [["r1", "r2"]]


def test_a_second_call_finds_nothing_new_but_confirms(base):
    base.forget(Selection(ids=("b3",)))
    again = base.forget(Selection(ids=("b3",)))
    assert again.n_articles == 0
    assert again.checked
    with pytest.raises(NotFoundError):
        base.forget(Selection(ids=("never",)))


def test_a_killed_forget_is_completed_by_the_next(base):
    class Killed(BaseException):
        pass

    def die(*_told):
        raise Killed

    # The first that is told of progress is the index, when the store has forgotten.
    with plain(base, progress=die) as killed, pytest.raises(Killed):
        killed.forget(Selection(ids=("b3",)))
    assert base.articles(["b3"]) == {}
    certificate = base.forget(Selection(ids=("b3",)))
    assert certificate.n_stories_changed == 1
    assert groups(base) == [["b1", "b2"], ["r1", "r2"]]


def test_what_a_failed_forget_deleted_is_finished_and_counted_by_the_next(base):
    class Killed(BaseException):
        pass

    def die(*_):
        raise Killed

    with plain(base, progress=die) as killed, pytest.raises(Killed):
        killed.forget(Selection(source="Weekly"))
    # The outlet has no articles any more, and yet its forgetting is not done.
    done = base.forget(Selection(source="Weekly"))
    assert done.n_articles == len(done.id_digests) > 0
    assert base.verify() == []
    with pytest.raises(NotFoundError, match="no article is from"):
        base.forget(Selection(source="Weekly"))


def test_everything_can_be_forgotten(base, feed):
    base.forget(Selection(before=dt.datetime(2100, 1, 1, tzinfo=dt.UTC)))
    assert base.status().n_articles == 0
    with pytest.raises(NotFoundError):
        base.stories()


def test_the_certificate_is_json_and_names_no_article(base):
    certificate = base.forget(Selection(ids=("b3",)))
    assert "b3" not in json.dumps(certificate.asked)
    assert len(certificate.id_digests) == 1


@pytest.mark.parametrize("given", [{}, {"ids": ("a",), "source": "B"}])
def test_a_selection_is_exactly_one_thing(given):
    with pytest.raises(InputError):
        Selection(**given)


@pytest.mark.parametrize(
    ("change", "selection"),
    [
        ("source = 'Daily'", Selection(source="Weekly")),
        ("published = 4000000000", Selection(before=dt.datetime(2100, 1, 1, tzinfo=dt.UTC))),
    ],
)
def test_nothing_is_forgotten_by_what_was_altered(base, change, selection):
    n_articles = base.status().n_articles
    with closing(sqlite3.connect(base.layout.corpus)) as connection, connection:
        query = "SELECT id FROM articles WHERE source = 'Weekly' LIMIT 1"
        (id_,) = connection.execute(query).fetchone()
        connection.execute(f"UPDATE articles SET {change} WHERE id = ?", (id_,))
    with pytest.raises(DamagedError, match=f"'{id_}'.*engine ingest"):
        base.forget(selection)
    assert base.status().n_articles == n_articles
    assert base.forget(Selection(ids=(id_,))).n_articles == 1
    assert base.forget(selection).n_articles > 0


@pytest.mark.parametrize("change", ["title = title || '!'", "body = CAST(x'ff' AS TEXT)"])
def test_an_article_that_was_altered_is_forgotten_too(tmp_path, change):
    rows = [{"id": f"a{n}", "title": f"Title {n}", "text": f"Text {n}."} for n in range(4)]
    with engine.open(tmp_path / "base") as base:
        base.nightly(rows, spec=EncoderSpec("hashing"))
        with closing(sqlite3.connect(base.layout.corpus)) as connection, connection:
            connection.execute(f"UPDATE articles SET {change} WHERE key = 2")
            (id_,) = connection.execute("SELECT id FROM articles WHERE key = 2").fetchone()
        assert base.forget(Selection(ids=(id_,))).n_articles == 1
        assert base.verify(full=True) == []
        assert len(base.articles([row["id"] for row in rows])) == 3
