"""What was altered in the article store is not published, and there is a way back."""

import json
import sqlite3
from contextlib import closing

import pytest

import engine
from engine.domain import EncoderSpec
from engine.errors import DamagedError
from tests.cli.cases import invoke

TEXTS = {
    "b1": "The stone bridge over the Elm collapsed on Monday.",
    "b2": "On Monday a stone bridge over the river Elm collapsed.",
    "r1": "Robbers fled with gold from a museum in the capital.",
}

VECTORS = (
    "UPDATE embeddings SET vector = zeroblob(length(vector))"
    " WHERE text_hash IN (SELECT text_hash FROM articles)"
)
TITLE = "UPDATE articles SET body = 'The bridge stands.' WHERE id = 'b1'"


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "feed.jsonl"
    lines = [
        json.dumps({"id": id_, "text": text, "source": "Daily"}) for id_, text in TEXTS.items()
    ]
    path.write_text("\n".join(lines))
    return path


@pytest.fixture
def base(tmp_path, feed):
    with engine.open(tmp_path / "base") as opened:
        opened.ingest([feed])
        opened.rebuild(spec=EncoderSpec("hashing"))
        opened.cluster()
        yield opened


def alter(base, statement):
    with closing(sqlite3.connect(base.layout.corpus)) as connection, connection:
        connection.execute(statement)


def cosines(base):
    return [hit.cosine for hit in base.similar("a bridge collapsed", k=3)]


def test_an_altered_vector_is_encoded_again_by_the_rebuild_that_says_so(base):
    before = cosines(base)
    alter(base, VECTORS)
    assert any("'engine rebuild --mend'" in each for each in base.verify(full=True))
    report = base.rebuild()
    assert (report.n_damaged, report.n_embedded) == (3, 3)
    assert cosines(base) == before
    assert base.rebuild().n_damaged == 0


def test_an_altered_article_is_not_published_and_comes_back_from_its_input(base, feed):
    generation = base.generations()[-1].name
    alter(base, TITLE)
    assert any("article 'b1' (Daily" in each for each in base.verify())
    for run in (base.rebuild, base.cluster):
        with pytest.raises(DamagedError, match=r"article 'b1' \(Daily.*run 'engine ingest'"):
            run()
    assert base.generations()[-1].name == generation
    base.ingest([feed])
    base.rebuild(mend=True)
    assert base.verify(full=True) == []
    assert [hit.article.body for hit in base.similar(TEXTS["b1"], k=1)] == [TEXTS["b1"]]


def test_an_article_that_is_gone_is_missed_until_the_base_is_mended(base, feed):
    alter(base, "DELETE FROM articles WHERE id = 'b1'")
    assert any("2 rows where 3 were written" in each for each in base.verify())
    base.ingest([feed])
    base.rebuild(mend=True)
    assert base.verify(full=True) == []


@pytest.mark.parametrize(
    "table", ["runs", "events", "moves", "ledger_head", "stories", "memberships"]
)
def test_a_row_of_the_ledger_that_is_gone_is_missed(base, table):
    alter(base, f"DELETE FROM {table}")
    assert any(f"table {table} " in each for each in base.verify())


def test_stories_are_added_up_again(base):
    before = base.stories()
    alter(base, "UPDATE memberships SET story = 'another'")
    assert any("table memberships" in each for each in base.verify(full=True))
    base.rebuild(mend=True)
    assert base.verify(full=True) == []
    base.cluster()
    assert base.stories() == before


def test_a_base_that_was_damaged_when_it_was_exported_is_not_imported(base, tmp_path):
    alter(base, TITLE)
    base.export(tmp_path / "base.tar")
    with engine.open(tmp_path / "elsewhere") as other:
        with pytest.raises(DamagedError, match=r"damaged when it was exported: .*article 'b1'"):
            other.import_from(tmp_path / "base.tar")
        assert other.generations() == []
        assert not other.layout.corpus.exists()


def test_verify_reads_all_when_asked(base, capsys, monkeypatch):
    monkeypatch.setenv("ENGINE_INDEXES", str(base.layout.root))
    assert invoke(capsys, "verify", "--full")[:2] == (0, "everything is sound\n")
    alter(base, "UPDATE full_text_docsize SET sz = x'0909'")
    assert invoke(capsys, "verify")[0] == 0
    code, out, _ = invoke(capsys, "verify", "--full")
    assert code == 1
    assert "the words of 3 articles" in out
    assert invoke(capsys, "rebuild", "--mend")[0] == 0
    assert invoke(capsys, "verify", "--full")[0] == 0
