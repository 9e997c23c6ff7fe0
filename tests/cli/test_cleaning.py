"""Cleaning as people meet it, and inputs that need an option."""

import json
import sqlite3
import threading
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from typer.testing import CliRunner

import engine
from engine.cli.main import app
from engine.domain import EncoderSpec
from engine.errors import InputError, MismatchError
from engine.jobs.storing.intake import Intake
from engine.store import Corpus

DIRTY = "AMSTERDAM (ANP) - De brug over de Waal gaat maandag dicht.\nLees ook: Drukte op de weg"


def line(**fields):
    return json.dumps(fields) + "\n"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "feed.jsonl").write_text(line(id="a", title="Brug dicht", text=DIRTY))
    monkeypatch.setenv("ENGINE_INDEXES", str(tmp_path / "base"))
    return tmp_path


def call(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def test_clean_shows_a_diff_with_rules_and_stores_nothing(folder):
    done = call("clean", folder / "feed.jsonl")
    assert done.exit_code == 0
    head, cut, kept, link = done.stdout.splitlines()
    assert head == "=== a: Brug dicht"
    assert cut.startswith("- AMSTERDAM (ANP)")
    assert cut.endswith("  [dateline]")
    assert kept == "+ De brug over de Waal gaat maandag dicht."
    assert link.startswith("- Lees ook: Drukte op de weg  [")
    assert not (folder / "base").exists()


def test_clean_as_json_leads_back_to_what_was_read(folder):
    found = json.loads(call("clean", folder / "feed.jsonl", "--json").stdout)
    assert found["text"] == "De brug over de Waal gaat maandag dicht."
    assert [cut["before"] for cut in found["cuts"]] == DIRTY.split("\n")


def test_clean_tells_rejects(folder):
    (folder / "feed.jsonl").write_text("{\n")
    done = call("clean", folder / "feed.jsonl")
    assert done.exit_code == 3
    assert "rejected" in done.stderr


def test_clean_wants_files_or_a_source(folder):
    assert call("clean").exit_code == 2
    assert call("clean", folder / "feed.jsonl", "--source", "Echo").exit_code == 2


def test_the_lines_that_an_outlet_repeats_are_reported(folder):
    texts = [f"Story number {n} is short.\nThe Echo, since 1890" for n in range(6)]
    lines = [line(id=str(n), title=f"Story {n}", text=text, source="The Echo")
             for n, text in enumerate(texts)]  # fmt: skip
    (folder / "feed.jsonl").write_text("".join(lines))
    assert call("ingest", folder / "feed.jsonl").exit_code == 0
    assert call("clean", "--source", "The Echo").stdout == "The Echo, since 1890\n"
    with engine.open(folder / "base") as base:
        assert "since 1890" in base.articles(["0"])["0"].body


@pytest.fixture
def echo(folder):
    """Six articles of one outlet that ends each with the same line."""

    def stories(numbers):
        return "".join(
            line(id=str(n), title=f"Story {n}", source="The Echo", language="en",
                 text=f"Story number {n} is short.\nThe Echo, since 1890\nRead more at length")
            for n in numbers
        )  # fmt: skip

    (folder / "feed.jsonl").write_text(stories(range(6)))
    (folder / "more.jsonl").write_text(stories([6, 7]))
    return folder


def bodies(folder):
    with engine.open(folder / "base") as base:
        found = base.articles([str(n) for n in range(8)])
        return {id_: (article.body, article.raw) for id_, article in found.items()}


def test_what_an_outlet_repeats_is_cut_when_asked_and_put_back(echo):
    call("ingest", echo / "feed.jsonl")
    before = bodies(echo)
    assert call("clean", "--source", "The Echo").stdout.splitlines() == [
        "Read more at length", "The Echo, since 1890"
    ]  # fmt: skip
    spared = ("--spare", "Read more at length")
    done = call("clean", "--source", "The Echo", "--cut", *spared)
    assert done.stdout == "The Echo, since 1890\n"
    assert "6 articles changed" in done.stderr
    assert bodies(echo)["0"] == ("Story number 0 is short.\nRead more at length", before["0"][0])
    assert call("clean", "--source", "The Echo", *spared).stdout == ""
    # What comes later is cut too, shown as such, and coming again changes nothing.
    assert call("ingest", echo / "more.jsonl").exit_code == 0
    assert bodies(echo)["6"][0] == "Story number 6 is short.\nRead more at length"
    assert "- The Echo, since 1890  [repeated]" in call("clean", echo / "more.jsonl").stdout
    assert "0 updated, 8 unchanged" in (
        call("ingest", echo / "feed.jsonl", echo / "more.jsonl").stderr
    )
    assert "8 articles changed" in call("clean", "--source", "The Echo", "--restore").stderr
    assert {id_: bodies(echo)[id_] for id_ in before} == before


def test_cutting_before_or_after_an_ingest_gives_the_same_articles(echo):
    call("ingest", echo / "feed.jsonl")
    call("clean", "--source", "The Echo", "--cut")
    call("ingest", echo / "more.jsonl")
    first = bodies(echo)
    call("clean", "--source", "The Echo", "--restore")
    call("clean", "--source", "The Echo", "--cut")
    assert bodies(echo) == first


def cleaned_before(folder, *articles):
    """Let an earlier version of the engine have cleaned the base, and `articles` as they are."""
    with Corpus(folder / "base" / "corpus.sqlite") as corpus, corpus.transaction():
        corpus.set_cleaner("clean-before")
        corpus.articles.upsert(articles, earlier_too=True)


def test_a_cleaning_after_an_upgrade_keeps_cutting_what_is_repeated(echo):
    call("ingest", echo / "feed.jsonl")
    call("clean", "--source", "The Echo", "--cut")
    first = bodies(echo)
    cleaned_before(echo)
    with engine.open(echo / "base") as base:
        assert base.rebuild(spec=EncoderSpec("hashing")).n_cleaned == 0
    assert bodies(echo) == first


@pytest.mark.parametrize(
    "options", [("--cut",), ("--restore",), ("--source", "The Echo", "--cut", "--restore")]
)
def test_cutting_needs_a_source_and_one_wish(echo, options):
    assert call("clean", *options).exit_code == 2
    assert call("clean", echo / "feed.jsonl", "--cut").exit_code == 2


def test_cutting_for_an_outlet_that_is_not_there_says_so(echo):
    call("ingest", echo / "feed.jsonl")
    done = call("clean", "--source", "Nobody", "--cut")
    assert done.exit_code == 1


def test_another_cleaner_is_an_error_until_a_rebuild_cleans_again(folder):
    with engine.open(folder / "base") as base:
        base.ingest(folder / "feed.jsonl")
        base.rebuild(spec=EncoderSpec("hashing"))
        assert base.status().cleaner_is_current
        assert base.verify() == []
        cleaner = base.reader.generation.manifest.cleaner
        # The engine is upgraded; its cleaner before kept datelines.
        (article,) = base.articles(["a"]).values()
        raw = DIRTY.replace("maandag", "dinsdag")
        kept = raw.splitlines()[0]
        cleaned_before(folder, replace(article, body=kept, raw=raw))
        for run in (base.ingest, base.nightly):
            with pytest.raises(MismatchError, match="engine rebuild"):
                run(folder / "feed.jsonl")
        assert not base.status().cleaner_is_current
        assert any("engine rebuild" in problem for problem in base.verify())
        assert base.articles(["a"])["a"].body == kept
        report = base.rebuild()
        assert (report.n_cleaned, report.n_embedded) == (1, 1)
        assert base.articles(["a"])["a"].body == "De brug over de Waal gaat dinsdag dicht."
        assert base.articles(["a"])["a"].raw == raw
        assert base.reader.generation.manifest.cleaner == cleaner != "clean-before"
        assert base.status().cleaner_is_current
        assert base.rebuild().n_cleaned == 0


def test_fields_are_mapped(folder):
    (folder / "odd.jsonl").write_text(line(id="o", kop="Brug dicht", inhoud="De brug gaat dicht."))
    options = ("--map", "title=kop", "--map", "text=inhoud")
    assert call("ingest", folder / "odd.jsonl").exit_code == 3
    assert call("ingest", folder / "odd.jsonl", *options).exit_code == 0
    with engine.open(folder / "base") as base:
        assert base.articles(["o"])["o"].body == "De brug gaat dicht."


@pytest.mark.parametrize("pair", ["title", "title=", "=kop", "colour=kop"])
def test_a_map_that_is_none_is_wrong_usage(folder, pair):
    done = call("ingest", folder / "feed.jsonl", "--map", pair)
    assert done.exit_code == 2
    told = " ".join(done.stderr.replace("│", " ").split())
    assert "id, title, text, language, published_at, source, author, url" in told


@pytest.mark.parametrize("name", ["export.csv", "export.txt"])
def test_a_table_of_which_every_name_is_mapped_is_read(folder, name):
    (folder / name).write_text("nr;kop;inhoud\no;Brug dicht;De brug gaat dicht.\n")
    options = ("--map", "title=kop", "--map", "text=inhoud", "--map", "id=nr")
    assert call("ingest", folder / name, *options).exit_code == 0
    with engine.open(folder / "base") as base:
        assert base.articles(["o"])["o"].body == "De brug gaat dicht."


def test_a_database_is_queried(folder):
    connection = sqlite3.connect(folder / "news.db")
    connection.execute("CREATE TABLE news (nr INTEGER, kop TEXT)")
    connection.execute("INSERT INTO news VALUES (7, 'Brug over de Waal gaat dicht')")
    connection.commit()
    connection.close()
    query = "SELECT nr AS id, kop AS title FROM news"
    assert call("ingest", "--query", query, folder / "news.db").exit_code == 0
    with engine.open(folder / "base") as base:
        assert base.articles(["7"])["7"].title == "Brug over de Waal gaat dicht"
        with pytest.raises(InputError, match="exactly one database"):
            base.ingest(["a", "b"], intake=Intake(query=query))


class Feed(BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers.get("If-None-Match") == '"1"'
        self.send_response(404 if self.path == "/robots.txt" else 304 if known else 200)
        self.send_header("ETag", '"1"')
        self.end_headers()
        if not known and self.path != "/robots.txt":
            self.wfile.write(line(id="w", title="Bridge closes").encode())

    def log_message(self, *_):
        pass


@pytest.fixture
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Feed)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/feed"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_address_is_fetched_only_when_asked_and_private_ones_only_when_allowed(folder, address):
    refused = call("ingest", address)
    assert refused.exit_code == 3
    assert "--fetch" in refused.stderr
    private = call("ingest", address, "--fetch")
    assert private.exit_code == 3
    assert "private address" in private.stderr
    assert "--allow-private" in private.stderr
    first = call("ingest", address, "--fetch", "--allow-private")
    assert "1 articles added" in first.stderr
    again = call("ingest", address, "--fetch", "--allow-private")
    assert "0 articles added, 0 updated, 0 unchanged, 0 rejected" in again.stderr


def test_an_address_is_remembered_only_when_its_articles_are_stored(folder, address):
    intake = Intake(fetch=True, allow_private=True)
    with engine.open(folder / "base") as base:
        base.ingest(folder / "feed.jsonl")
        with closing(sqlite3.connect(base.layout.corpus)) as file, file:
            file.execute(
                "CREATE TRIGGER full BEFORE INSERT ON articles "
                "BEGIN SELECT RAISE(ABORT, 'the disk is full'); END"
            )
        with pytest.raises(sqlite3.IntegrityError, match="full"):
            base.ingest(address, intake=intake)
        with closing(sqlite3.connect(base.layout.corpus)) as file, file:
            file.execute("DROP TRIGGER full")
        assert base.ingest(address, intake=intake).added == 1


def test_a_lead_before_a_paywall_is_shown_as_one(folder):
    dirty = f"{DIRTY}\nDit artikel is alleen voor abonnees"
    (folder / "feed.jsonl").write_text(line(id="a", title="Brug dicht", text=dirty))
    assert call("ingest", folder / "feed.jsonl").exit_code == 0
    assert call("rebuild", "--encoder", "hashing").exit_code == 0
    assert "only the lead" in call("show", "a").stdout
