"""Another encoder: nights go on beside it, and stories keep their ids."""

import json
import subprocess
import sys

import pytest

from engine.disk.lock import AT_ONCE, migrating
from engine.domain import embedding_text, text_hash
from engine.encoding import HashingEncoder
from engine.errors import LockedError
from engine.jobs.base.setup import OWN_ENCODER
from engine.jobs.clustering.forget import Selection
from engine.jobs.rebuilding.embedding import TEXTS_AT_ONCE
from engine.jobs.rebuilding.rebuild import rebuild
from engine.reports.wording import counts
from engine.store import Corpus
from tests.cli.cases import invoke
from tests.jobs.night_cases import (
    BRIDGE,
    ROBBERY,
    ids_of,
    line,
    night,
    plain,
    two_stories,
    write,
)


@pytest.fixture
def base(tmp_path):
    with two_stories(tmp_path) as opened:
        yield opened


class Other(HashingEncoder):
    """Another encoder than that of the base; `act` happens before a batch is encoded."""

    def __init__(self, act=lambda n_batches: None):
        super().__init__(128)
        self._act, self._n_batches = act, 0

    def encode(self, texts):
        self._n_batches += 1
        self._act(self._n_batches)
        return super().encode(texts)


@pytest.fixture
def moved(base):
    """Return the base opened with another encoder."""
    with plain(base, encoder=Other()) as opened:
        yield opened


def migrate(base, during):
    """Embed everything anew and let `during` happen while the first batch is being encoded."""

    def act(n_batches):
        if n_batches == 1:
            during()

    with plain(base, encoder=Other(act)) as moved:
        report = moved.rebuild()
    base.refresh()
    return report


def test_nights_go_on_while_everything_is_embedded_anew(base, moved, tmp_path):
    before, live = ids_of(base), base.reader.generation.name
    seen = []

    def a_night():
        with plain(base) as other:
            assert other.reader.generation.name == live
            report = night(other, tmp_path, line("b3", f"{BRIDGE}. The mayor came.", 2))
            seen.append((report.outcome, other.reader.generation.manifest.encoder.name))
            assert other.similar("mayor bridge", k=1, fold=False)[0].article.id == "b3"

    report = migrate(base, a_night)
    assert seen == [("published", "hashing")]
    assert (report.encoder_before, report.n_embedded) == ("hashing", 6)
    assert base.reader.generation.manifest.encoder == OWN_ENCODER
    assert ids_of(moved) == before | {"b3": before["b1"]}
    assert moved.verify() == []


def test_the_first_night_after_it_reports_on_continuity(base, moved, tmp_path):
    before = ids_of(base)
    moved.rebuild()
    # Nothing new came, but the stories have not been compared with the new vectors yet.
    report = night(moved, tmp_path)
    assert report.outcome == "published"
    assert ids_of(moved) == before
    said = " ".join(counts(moved.briefing(report)))
    assert "2 of 2 stories of the window kept their id" in said
    assert "4 of 4 articles stayed in their story" in said
    assert "hashing" in said
    assert night(moved, tmp_path).outcome == "unchanged"


def test_the_command_line_says_it_too(base, moved, monkeypatch, capsys):
    moved.rebuild()
    monkeypatch.setenv("ENGINE_INDEXES", str(base.layout.root))
    code, _, err = invoke(capsys, "cluster")
    assert (code, "4 of 4 articles stayed in their story" in err) == (0, True)
    code, _, err = invoke(capsys, "rebuild", "--encoder", "hashing")
    assert (code, "the encoder was own" in err) == (0, True)
    code, out, _ = invoke(capsys, "nightly", "--window", "7d", "--json")
    facts = json.loads(out)["facts"]
    assert (code, facts["n_ids_kept"], facts["n_continued"]) == (0, 2, 2)
    assert facts["migrated_from"] == Other().fingerprint


def test_going_back_brings_the_earlier_encoder_back(base, moved, tmp_path):
    before, earlier = ids_of(base), base.reader.generation.name
    moved.rebuild()
    night(moved, tmp_path)
    base.rollback(earlier)
    assert base.reader.encoder.dim == 256
    assert ids_of(base) == before
    report = night(base, tmp_path, line("r3", f"{ROBBERY}. A coin was found.", 2))
    assert report.facts.migrated_from is None
    assert ids_of(base)["r3"] == before["r1"]


def test_a_killed_migration_leaves_all_as_it_was_and_is_resumed(base, moved, tmp_path):
    more = [line(f"m{n}", f"Report number {n} on topic {n}.", 1) for n in range(300)]
    base.ingest(write(tmp_path / "more.jsonl", *more))
    base.rebuild()
    before, live = ids_of(base), base.reader.generation.name

    def kill(n_batches):
        if n_batches == 2:
            raise KeyboardInterrupt

    with plain(base, encoder=Other(kill)) as killed, pytest.raises(KeyboardInterrupt):
        killed.rebuild()
    base.refresh()
    assert (base.reader.generation.name, ids_of(base)) == (live, before)
    assert moved.rebuild().n_embedded == 305 - TEXTS_AT_ONCE
    assert ids_of(moved) == before


def test_what_is_forgotten_meanwhile_leaves_no_vector(base):
    def forget():
        with plain(base) as other:
            other.forget(Selection(ids=("b2",)))

    (gone,) = base.articles(["b2"]).values()
    digest = text_hash(embedding_text(gone.title, gone.body))
    migrate(base, forget)
    with Corpus(base.layout.corpus) as corpus:
        for encoder in (HashingEncoder(), Other()):
            assert corpus.embeddings.get(encoder.fingerprint, [digest]) == {}
    assert "b2" not in ids_of(base)


def test_what_is_edited_meanwhile_is_embedded_as_it_is_now(base, moved, tmp_path):
    edited = write(tmp_path / "edited.jsonl", line("b2", f"{BRIDGE}. Two were hurt.", 1.1))
    migrate(base, lambda: base.ingest(edited))
    assert moved.reader.generation.manifest.n_articles == 5
    hit = moved.similar(f"{BRIDGE}. Two were hurt.", k=1, fold=False)[0]
    assert hit.article.id == "b2"
    assert hit.cosine > 0.99


def test_a_second_migration_says_who_is_at_it(base):
    code = (
        "import engine, sys; from engine.domain import EncoderSpec\n"
        "from engine.errors import LockedError\n"
        f"base = engine.open({str(base.layout.root)!r})\n"
        "try: base.rebuild(spec=EncoderSpec('another', precision='int8'))\n"
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
def test_a_migration_waits_for_a_night_to_end(base, moved, patient):
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, base.layout.root, "1"], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        if patient:
            moved.rebuild()
            assert moved.reader.generation.manifest.encoder == OWN_ENCODER
        else:
            with pytest.raises(LockedError, match="a night"):
                rebuild(base.layout, moved.setup, patience=AT_ONCE)
