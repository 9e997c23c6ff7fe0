"""Every command and every Python block of the README runs."""

import json
import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")

ELSEWHERE = {
    "scripts/demo": "test_the_demo_ends_with_stories_that_mix_languages_and_their_pages",
    "scripts/demo --serve": "the same",
    "scripts/test": "it is what runs this test, and what .ci/run calls",
    "pip install .": "scripts/environment does it before this test",
    "engine serve --port 8080": "tests/serve/test_running.py, since it runs until it is stopped",
}


def commands():
    blocks = re.findall(r"```console\n(.*?)```", README, re.DOTALL)
    return [
        line.removeprefix("$ ")
        for block in blocks
        for line in block.splitlines()
        if line.startswith("$ ")
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("readme")
    (folder / "engine").mkdir()
    shutil.copytree(ROOT / "engine" / "sample", folder / "engine" / "sample")
    (folder / "labels.jsonl").write_text("\n".join(map(json.dumps, labels(folder))))
    return folder


def labels(folder):
    """Return what a person would answer who knows the events of the sample."""
    lines = (folder / "engine/sample/articles.jsonl").read_text(encoding="utf-8").splitlines()
    articles = [json.loads(line) for line in lines]
    return [
        {"a": a["id"], "b": b["id"], "same_event": a["cluster"] == b["cluster"]}
        for place, a in enumerate(articles)
        for b in articles[place + 1 : place + 4]
    ]


def run(arguments, folder):
    return subprocess.run(
        arguments,
        cwd=folder,
        env=os.environ | {"ENGINE_INDEXES": "indexes"},
        input="skip\n" * 100,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_every_command_of_the_readme_runs_in_its_order(folder):
    ran = 0
    for command in commands():
        if command in ELSEWHERE:
            continue
        program, *arguments = shlex.split(command)
        assert program == "engine", f"no test runs {command!r}"
        done = run([sys.executable, "-m", "engine.cli", *arguments], folder)
        assert done.returncode == 0, f"{command}: {done.stderr}"
        ran += 1
    assert ran >= 10


@pytest.mark.slow
def test_every_python_block_of_the_readme_runs(folder):
    blocks = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    assert blocks
    for block in blocks:
        done = run([sys.executable, "-c", block], folder)
        assert done.returncode == 0, done.stderr
        assert len(done.stdout.splitlines()) == 12


@pytest.mark.slow
def test_the_demo_ends_with_stories_that_mix_languages_and_their_pages(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    told, errors = tmp_path / "stdout", tmp_path / "stderr"
    with told.open("w") as out, errors.open("w") as err:
        demo = subprocess.Popen(
            ["bash", ROOT / "scripts" / "demo", "--serve", "--port", str(port)],
            cwd=tmp_path,
            stdout=out,
            stderr=err,
        )
    try:
        page = first_page(demo, f"http://127.0.0.1:{port}/")
    finally:
        demo.terminate()
        demo.wait()
    assert page is not None, errors.read_text()
    # Story, numbers of articles and of independent voices, then at least two language codes.
    said = told.read_text()
    mixed = re.findall(r"^ ?s-\w+ +\d+ +\d+ +[a-z]{2,3}( [a-z]{2,3})+ ", said, re.MULTILINE)
    assert len(mixed) >= 10, said
    assert page.count('<li class="item">') >= 10


def first_page(process, address):
    """Return the page at `address` once it is there; None where the process ends before."""
    while process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(address) as answer:
            return answer.read().decode()
        time.sleep(0.2)
    return None


def test_every_link_of_the_documents_leads_somewhere():
    documents = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]
    for document in documents:
        text = document.read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", text):
            assert (document.parent / target).exists(), f"{document.name} points to {target}"


def test_every_command_is_in_the_readme():
    from typer.main import get_group

    from engine.cli.main import app

    known = set(get_group(app).commands)
    named = {shlex.split(command)[1] for command in commands() if command.startswith("engine ")}
    assert known == named
