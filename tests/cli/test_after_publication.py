"""What fails once a night is published is said, and the night stays done."""

import json

import engine
from engine.domain import EncoderSpec
from tests.cli.cases import invoke, line


def test_rejects_that_cannot_be_logged_are_told_and_the_rest_is_stored(folder, capsys):
    bad = folder / "bad.jsonl"
    bad.write_text(line("good", "A tram stopped at noon.") + "\n{broken\n")
    (folder / "base").mkdir()
    (folder / "base" / "rejects.jsonl").mkdir()
    code, out, err = invoke(capsys, "nightly", "--encoder", "hashing", "--json", bad)
    assert code == 6
    assert json.loads(out)["outcome"] == "published"
    assert "rejects.jsonl" in err
    assert "the night is done, but its log is not whole" in err
    code, _, err = invoke(capsys, "ingest", bad)
    assert code == 6
    assert "the articles are stored, but the log of rejects is not whole" in err


def test_generations_that_cannot_be_deleted_are_told(folder, capsys):
    with engine.open(folder / "base") as base:
        base.nightly([folder / "feed.jsonl"], spec=EncoderSpec("hashing"))
        for _ in range(3):
            base.rebuild()
        oldest = min((folder / "base" / "generations").iterdir())
        # A file where the folder would be moved to before it is deleted.
        (oldest.parent / f".staging-{oldest.name}").write_text("in the way")
    code, out, err = invoke(capsys, "nightly", "--keep", "1", "--json")
    assert code == 6
    assert json.loads(out)["outcome"] == "unchanged"
    assert "the night is done, but older generations are still there" in err
