"""Folders: never a base or what it wrote, nothing unreadable in silence, no code as articles."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import engine
from engine.domain import Article, EncoderSpec
from engine.reading import read
from engine.reports.html import write_report
from tests.reading.cases import FETCHED

STORY = "The ferry to the island ran aground on Sunday and was towed off at night."


def put(path, text=STORY):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def results(*paths):
    return list(read(paths, fetched=FETCHED))


def reasons(*paths):
    return {Path(found.file).name: found.reason for found in results(*paths)}


def files(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_folder_with_a_base_and_reports_in_it_is_read_without_them(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "feed.jsonl", '{"id": "a", "text": "A ferry ran aground."}\n{"id": 3.5}\n')
    with engine.open("indexes") as base:
        first = base.ingest(".")
        assert (first.added, first.rejected) == (1, 1)
        base.nightly(spec=EncoderSpec("hashing"))
        write_report(base.briefing(), Path("reports"))
        again = base.ingest(".")
        assert (again.added, again.updated, again.unchanged, again.rejected) == (0, 0, 1, 1)
        matched = base.ingest("./**/*")
        assert (matched.added, matched.unchanged) == (0, 1)
        (reject,) = base.ingest("indexes").rejects
        assert "is a base of the engine" in reject.reason


def test_a_base_is_told_by_its_store_or_its_live_generation(tmp_path):
    put(tmp_path / "lost" / "CURRENT")
    put(tmp_path / "lost" / "generations" / "one" / "stories.jsonl")
    put(tmp_path / "store" / "corpus.sqlite")
    put(tmp_path / "store" / "replays" / "a.txt")
    (reject,) = results(tmp_path)
    assert reject.reason == "the folder holds no files that could be articles"
    put(tmp_path / "other" / "CURRENT")
    (article,) = results(tmp_path)
    assert article.body == STORY


@pytest.mark.parametrize(
    "name",
    [
        *("tool.py", "style.css", "app.min.js", "run.sh", "robots.txt", "holidays.ics"),
        *("LICENSE", "LICENCE.txt", "license-MIT", "COPYING.LESSER", "README.md", "Changelog"),
        *("package.json", "Makefile", "requirements.txt", "base.prom", "settings.yaml", "SECURITY"),
    ],
)
def test_what_is_no_article_is_read_only_when_it_is_named(tmp_path, name):
    path = put(tmp_path / name)
    (reject,) = results(tmp_path)
    assert reject.reason == "the folder holds no files that could be articles"
    put(tmp_path / "story.txt", "Another story.")
    assert [found.body for found in results(tmp_path)] == ["Another story."]
    named = put(path, '{"text": "A ferry ran aground."}') if name.endswith("json") else path
    assert [type(found) for found in results(named)] == [Article]


def test_a_script_without_an_ending_is_no_article(tmp_path):
    put(tmp_path / "configure", "#!/bin/sh\necho configured\n")
    put(tmp_path / "story")
    assert [found.body for found in results(tmp_path)] == [STORY]


@pytest.mark.parametrize(
    "name",
    ["news.txt", "history.txt", "security", "licensed-to-kill.txt", "notice.md", "run-3.html"],
)
def test_names_that_articles_have_are_read(tmp_path, name):
    put(tmp_path / name, f"<html><body><p>{STORY}</p></body></html>" if "html" in name else STORY)
    assert [type(found) for found in results(tmp_path)] == [Article]


def test_links_that_lead_nowhere_are_rejects(tmp_path):
    put(tmp_path / "a.txt")
    (tmp_path / "gone").symlink_to(tmp_path / "nothing")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "up").symlink_to(tmp_path, target_is_directory=True)
    os.mkfifo(tmp_path / "pipe")
    nowhere = "is a link to a file that is not there"
    assert {
        Path(found.file).name: found.reason
        for found in results(tmp_path)
        if not isinstance(found, Article)
    } == {
        "gone": nowhere,
        "circle": f"cannot be read: {os.strerror(40)}",
        "pipe": "is no file",
    }
    assert reasons(tmp_path / "gone", f"{tmp_path}/gon*") == {"gone": nowhere}


def test_folders_deeper_than_the_stack_of_python(tmp_path):
    with tempfile.TemporaryDirectory() as folder:
        descriptor = os.open(folder, os.O_RDONLY)
        for _ in range(1500):
            os.mkdir("d", dir_fd=descriptor)
            below = os.open("d", os.O_RDONLY, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = below
        os.close(descriptor)
        (reject,) = results(folder)
        assert reject.reason == "the folder holds no files"
        subprocess.run(["rm", "-rf", folder], check=True)
        Path(folder).mkdir()


READS_AS_ANYBODY = """
import os, sys
from datetime import UTC, datetime
from engine.reading import read
from engine.reports.html import write_report

list(read([sys.argv[1] + "/open"], fetched=datetime.now(UTC)))  # loads what anybody may not
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
for path in (sys.argv[1], sys.argv[1] + "/shut/story.txt", sys.argv[1] + "/shut/*"):
    for found in read([path], fetched=datetime.now(UTC)):
        print(getattr(found, "reason", "an article"))
"""


def test_what_may_not_be_read_is_a_reject_and_the_rest_is_read():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        put(folder / "locked.txt").chmod(0)
        put(folder / "open" / "story.txt")
        put(folder / "shut" / "story.txt")
        (folder / "shut").chmod(0)
        done = subprocess.run(
            [sys.executable, "-c", READS_AS_ANYBODY, folder],
            capture_output=True,
            text=True,
            check=False,
        )
        (folder / "shut").chmod(0o755)
    denied = "cannot be read: Permission denied"
    assert done.stdout.splitlines() == [
        denied,  # locked.txt
        "an article",
        denied,  # shut
        denied,
        "no file matches this pattern",
    ], done.stderr
