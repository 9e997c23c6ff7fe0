"""A front asks servers of other processes, and says which of them was killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx2
import pytest

from engine.errors import InputError
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
