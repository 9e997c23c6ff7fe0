"""Commands that read write nothing, and commands that fail leave nothing behind."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from tests.cli.cases import invoke

READS = (
    ("similar", "the river flooded the lower town"),
    ("similar", "--id", "f1", "--why", "--json"),
    ("status",),
    ("verify",),
    ("label", "-n", "1"),
    ("stories", "list"),
    ("export", "{out}/base.tar"),
)

AS_ANYBODY = """
import io, os, sys
from engine.cli.main import run

def call(arguments):
    sys.stdin = io.StringIO("q\\n")
    try:
        run(arguments)
    except SystemExit as end:
        return end.code or 0
    return 0

warm, folder, *lines = sys.argv[1:]
for line in lines:  # also loads what nobody but the owner may be able to load
    os.environ["ENGINE_INDEXES"] = warm
    assert call(line.split("\\t")) == 0, line
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for line in lines:
    os.environ["ENGINE_INDEXES"] = folder
    assert call(line.split("\\t")) == 0, line
try:
    open(os.path.join(folder, "probe"), "w")
except PermissionError:
    print("all read")
"""


def state(folder):
    return sorted((path, path.stat().st_mtime_ns) for path in [folder, *folder.rglob("*")])


def test_commands_that_read_need_no_right_to_write(built):
    with tempfile.TemporaryDirectory() as name:
        folder, out = Path(name), Path(name) / "out"
        folder.chmod(0o755)
        out.mkdir()
        out.chmod(0o777)
        copy = Path(shutil.copytree(built / "base", folder / "base"))
        paths = [copy, *copy.rglob("*")]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        before = state(copy)
        lines = ["\t".join(line).format(out=out) for line in READS]
        done = subprocess.run(
            [sys.executable, "-c", AS_ANYBODY, built / "base", copy, *lines],
            capture_output=True,
            text=True,
            check=False,
            cwd=out,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.endswith("all read\n")
        assert state(copy) == before
        assert [path.name for path in out.iterdir()] == ["base.tar"]
        for path in paths:
            if path.is_dir():
                path.chmod(0o755)


@pytest.mark.parametrize(
    "line",
    [
        ("similar", "x"),
        ("status",),
        ("verify",),
        ("export", "base.tar"),
        ("prune",),
        ("rollback",),
        ("cluster",),
        ("rebuild",),
        ("rebuild", "--encoder", "hashing"),
        ("stories", "list"),
        ("stories", "merge", "a", "b"),
        ("label",),
        ("calibrate",),
        ("forget", "a"),
        ("import", "nothere.tar"),
        ("evaluate", "nothere.jsonl"),
        ("nightly", "--dry-run"),
    ],
    ids=" ".join,
)
def test_a_command_that_fails_leaves_no_folder(tmp_path, monkeypatch, capsys, line):
    monkeypatch.chdir(tmp_path)
    code, _, err = invoke(capsys, *line, "--indexes", "new/base")
    assert code == 1, err
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []
