"""Another encoder: nights go on beside it, and stories keep their ids."""

import json
import subprocess
import sys

import pytest

import engine
from engine.cli.main import run as run_program
from engine.disk.lock import AT_ONCE, migrating
from engine.domain import EncoderSpec, embedding_text, text_hash
from engine.encoding import HashingEncoder, open_encoder
from engine.errors import LockedError
from engine.jobs import embedding as embed
from engine.jobs import rebuild
from engine.jobs.forget import Selection
from engine.reports.wording import counts
from engine.store import Corpus
from tests.jobs.night_cases import BRIDGE, ROBBERY, ids_of, line, night, two_stories

pytestmark = pytest.mark.usefixtures("plain_clusters")

OTHER = EncoderSpec("other")


def open_either(spec, **options):
    return HashingEncoder(128) if spec == OTHER else open_encoder(spec, **options)


@pytest.fixture
def base(tmp_path, monkeypatch):
    for module in ("rebuild", "opened", "status"):
        monkeypatch.setattr(f"engine.jobs.{module}.open_encoder", open_either)
    with two_stories(tmp_path) as opened:
        yield opened


def during(monkeypatch, act):
    """Let `act` happen while the first batch of a migration is being encoded."""
    encode, waiting = HashingEncoder.encode, [act]

    def encode_beside(self, texts):
        if self.dim == 128 and waiting:
            waiting.pop()()
        return encode(self, texts)

    monkeypatch.setattr(HashingEncoder, "encode", encode_beside)
    return waiting


def test_nights_go_on_while_everything_is_embedded_anew(base, tmp_path, monkeypatch):
    before, live = ids_of(base), base.generation.name
    seen = []

    def a_night():
        with engine.open(base.layout.root) as other:
            assert other.generation.name == live
            report = night(other, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
            seen.append((report.outcome, other.generation.manifest.encoder.name))
            assert other.similar("mayor bridge", k=1, fold=False)[0].article.id == "b3"

    during(monkeypatch, a_night)
    report = base.rebuild(spec=OTHER)
    assert seen == [("published", "hashing")]
    assert (report.encoder_before, report.n_embedded) == ("hashing", 6)
    assert base.generation.manifest.encoder == OTHER
    assert ids_of(base) == before | {"b3": before["b1"]}
    assert base.verify() == []


def test_the_first_night_after_it_reports_on_continuity(base, tmp_path):
    before = ids_of(base)
    base.rebuild(spec=OTHER)
    # Nothing new came, but the stories have not been compared with the new vectors yet.
    report = night(base, tmp_path)
    assert report.outcome == "published"
    assert ids_of(base) == before
    said = " ".join(counts(base.briefing(report)))
    assert "2 of 2 stories of the window kept their id" in said
    assert "4 of 4 articles stayed in their story" in said
    assert "hashing" in said
    assert night(base, tmp_path).outcome == "unchanged"


def test_the_command_line_says_it_too(base, monkeypatch, capsys):
    base.rebuild(spec=OTHER)

    def invoke(*arguments):
        monkeypatch.setattr(sys, "argv", ["engine", *arguments])
        with pytest.raises(SystemExit) as exit_:
            run_program()
        return exit_.value.code or 0, *capsys.readouterr()

    monkeypatch.setenv("ENGINE_INDEXES", str(base.layout.root))
    code, _, err = invoke("cluster")
    assert (code, "4 of 4 articles stayed in their story" in err) == (0, True)
    code, _, err = invoke("rebuild", "--encoder", "hashing")
    assert (code, "the encoder was other" in err) == (0, True)
    code, out, _ = invoke("nightly", "--window", "7d", "--json")
    facts = json.loads(out)["facts"]
    assert (code, facts["n_ids_kept"], facts["n_continued"]) == (0, 2, 2)
    assert facts["migrated_from"] == HashingEncoder(128).fingerprint


def test_going_back_brings_the_earlier_encoder_back(base, tmp_path):
    before, earlier = ids_of(base), base.generation.name
    base.rebuild(spec=OTHER)
    night(base, tmp_path)
    base.rollback(earlier)
    assert base.encoder.dim == 256
    assert ids_of(base) == before
    report = night(base, tmp_path, line("r3", f"{ROBBERY}. A coin was found.", 2))
    assert "migrated_from" not in report.facts
    assert ids_of(base)["r3"] == before["r1"]


def test_a_killed_migration_leaves_all_as_it_was_and_is_resumed(base, monkeypatch):
    before, live = ids_of(base), base.generation.name
    monkeypatch.setattr(embed, "TEXTS_AT_ONCE", 2)
    encode, n_batches = HashingEncoder.encode, []

    def killed(self, texts):
        n_batches.append(len(texts))
        if len(n_batches) == 2:
            raise KeyboardInterrupt
        return encode(self, texts)

    monkeypatch.setattr(HashingEncoder, "encode", killed)
    with pytest.raises(KeyboardInterrupt):
        base.rebuild(spec=OTHER)
    base.refresh()
    assert (base.generation.name, ids_of(base)) == (live, before)
    assert base.rebuild(spec=OTHER).n_embedded == 3
    assert ids_of(base) == before


def test_what_is_forgotten_meanwhile_leaves_no_vector(base, monkeypatch):
    def forget():
        with engine.open(base.layout.root) as other:
            other.forget(Selection(ids=("b2",)))

    (gone,) = base.articles(["b2"]).values()
    digest = text_hash(embedding_text(gone.title, gone.body))
    during(monkeypatch, forget)
    base.rebuild(spec=OTHER)
    with Corpus(base.layout.corpus) as corpus:
        for encoder in (HashingEncoder(), HashingEncoder(128)):
            assert corpus.embeddings.get(encoder.fingerprint, [digest]) == {}
    assert "b2" not in ids_of(base)


def test_what_is_edited_meanwhile_is_embedded_as_it_is_now(base, tmp_path, monkeypatch):
    edited = tmp_path / "edited.jsonl"
    during(monkeypatch, lambda: base.ingest([edited]))
    edited.write_text(line("b2", f"{BRIDGE}. Two were hurt.", 1.1))
    base.rebuild(spec=OTHER)
    assert base.generation.manifest.n_articles == 5
    hit = base.similar(f"{BRIDGE}. Two were hurt.", k=1, fold=False)[0]
    assert hit.article.id == "b2"
    assert hit.cosine > 0.99


def test_a_second_migration_says_who_is_at_it(base):
    code = (
        "import engine, sys; from engine.domain import EncoderSpec\n"
        "from engine.errors import LockedError\n"
        f"base = engine.open({str(base.layout.root)!r})\n"
        "try: base.rebuild(spec=EncoderSpec('another'))\n"
        "except LockedError as error: sys.exit(str(error))"
    )
    with migrating(base.layout, command="a long migration"):
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False
        )
    assert "changing the encoder of" in done.stderr
    assert "a long migration" in done.stderr


HOLDER = """
import sys, time
from pathlib import Path
from engine.disk.layout import Layout
from engine.disk.lock import writing
with writing(Layout(Path(sys.argv[1])), command="a night"):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@pytest.mark.parametrize("patient", [True, False])
def test_a_migration_waits_for_a_night_to_end(base, monkeypatch, patient):
    if not patient:
        monkeypatch.setattr(rebuild, "PATIENCE", AT_ONCE)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, base.layout.root, "1"], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        if patient:
            base.rebuild(spec=OTHER)
            assert base.generation.manifest.encoder == OTHER
        else:
            with pytest.raises(LockedError, match="a night"):
                base.rebuild(spec=OTHER)
