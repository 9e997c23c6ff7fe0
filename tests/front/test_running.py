"""A front asks servers of other processes, and says which of them was killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx2
import pytest

import engine
from engine.domain import EncoderSpec
from engine.errors import InputError, MismatchError
from engine.front.running import run
from engine.front.settings import FrontSettings
from tests.cli.cases import call
from tests.jobs.cases import ROBBERY
from tests.serve.test_running import free_port, until_answered


@contextmanager
def serving(*arguments):
    """Give the address and the process of an `engine serve`."""
    port = free_port()
    command = [sys.executable, "-m", "engine.cli", "serve", f"--port={port}", *arguments]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, env=dict(os.environ)) as process:
        try:
            yield f"http://127.0.0.1:{port}", process
        finally:
            process.send_signal(signal.SIGTERM)


def test_a_shard_that_is_killed_is_said(parts):
    first, second = (f"--indexes={folder / 'base'}" for folder in parts)
    with (
        serving(first) as (one, _),
        serving(second) as (two, killed),
    ):
        for address in (one, two):
            until_answered(f"{address}/v1/ready")
        with serving(f"--shard={one}", f"--shard={two}") as (front, _):
            until_answered(f"{front}/v1/ready")
            asked = {"text": ROBBERY}
            whole = httpx2.get(f"{front}/v1/similar", params=asked, timeout=60).json()
            assert whole["shards"] == {"asked": 2, "answered": 2, "missing": []}
            killed.kill()
            killed.wait()
            left = httpx2.get(f"{front}/v1/similar", params=asked, timeout=60).json()
    assert left["shards"]["answered"] == 1
    assert left["shards"]["missing"][0]["url"] == two


def test_shards_of_two_encoders_are_refused_at_the_start(tmp_path, parts):
    feed = tmp_path / "feed.jsonl"
    feed.write_text((parts[1] / "feed.jsonl").read_text())
    with engine.open(tmp_path / "base") as base:
        base.nightly([feed], spec=EncoderSpec("hashing", dim=128))
    folders = (parts[0] / "base", tmp_path / "base")
    with (
        serving(f"--indexes={folders[0]}") as (one, _),
        serving(f"--indexes={folders[1]}") as (two, _),
    ):
        for address in (one, two):
            until_answered(f"{address}/v1/ready")
        with pytest.raises(MismatchError, match=f"{two}: its encoder is .*; rebuild"):
            run(FrontSettings([one, two], deadline=60.0))


@pytest.mark.parametrize(
    "shard",
    ["10.0.0.2:8080", "ftp://10.0.0.2", "http://", "http://me:secret@host", "http://host:x", ""],
)
def test_what_is_no_address_is_refused(shard):
    with pytest.raises(InputError, match="expected an address"):
        FrontSettings([shard])


def test_a_shard_is_given_once():
    with pytest.raises(InputError, match="twice"):
        FrontSettings(["http://one", "http://two", "http://one"])


def test_others_are_let_in_by_a_token_only():
    done = call("serve", "--shard", "http://127.0.0.1:9", "--host", "0.0.0.0")
    assert done.returncode == 1
    assert "ENGINE_TOKENS" in done.stderr
