"""The program serves until it is told to stop, and starts fast where it need not."""

import gc
import os
import platform
import signal
import socket
import subprocess
import sys
import time

import httpx2
import pytest
from starlette.applications import Starlette

from engine.serve import running
from engine.serve.settings import Settings
from tests.cli.cases import call

IMPORTS = """
import sys
from engine.cli.main import run
try:
    run(["serve", "--help"])
finally:
    heavy = {"fastapi", "uvicorn", "starlette", "jinja2", "prometheus_client"}
    print(sorted(heavy & set(sys.modules)), file=sys.stderr)
"""

ARENAS = """
import ctypes, os, sys, threading
from engine.serve.running import share_memory
if sys.argv[2] == "shared":
    share_memory()
together = threading.Barrier(12)
def take():
    together.wait()
    taken = [bytes(5000) for _ in range(1000)]
    together.wait()
threads = [threading.Thread(target=take) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.fopen.restype = ctypes.c_void_p
told = ctypes.c_void_p(libc.fopen(sys.argv[1].encode(), b"w"))
libc.malloc_info(0, told)
libc.fclose(told)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc has arenas")
def test_threads_share_memory(tmp_path):
    found = {}
    environment = {name: os.environ[name] for name in os.environ if "MALLOC" not in name}
    for how in ("shared", "apart"):
        told = tmp_path / how
        command = [sys.executable, "-c", ARENAS, str(told), how]
        subprocess.run(command, env=environment, check=True)
        found[how] = told.read_text().count("<heap nr=")
    assert found["shared"] <= running.ARENAS < found["apart"]


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def test_it_serves_until_it_is_told_to_stop(folder):
    address = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "engine.cli", "serve", f"--port={port}"]
    environment = os.environ | {"ENGINE_INDEXES": str(folder / "base")}
    with subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            answer = until_answered(f"{address}/v1/stories")
            assert answer.json()["items"]
            assert "Server" not in answer.headers
        finally:
            process.send_signal(signal.SIGTERM)
        _, log = process.communicate(timeout=60)
    assert process.returncode in {0, -signal.SIGTERM}
    assert address in log
    assert '"address": "/v1/stories"' in log


def until_answered(address):
    until = time.monotonic() + 120
    while time.monotonic() < until:
        try:
            answer = httpx2.get(address)
        except httpx2.TransportError:
            time.sleep(0.1)
            continue
        if answer.status_code != 503:
            return answer
    raise AssertionError("it does not start")


def test_its_help_imports_nothing_of_it():
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert done.stderr.strip() == "[]"


def test_tokens_are_made_listed_and_removed(tmp_path):
    made = call("tokens", "add", "desk", "--scope", "correct", "--indexes", tmp_path)
    assert len(made.stdout.strip()) >= 40
    listed = call("tokens", "list", "--json", "--indexes", tmp_path).stdout
    assert '"name": "desk", "scope": "correct"' in listed
    assert "sha256" not in listed
    assert call("tokens", "remove", "desk", "--indexes", tmp_path).returncode == 0
    assert call("tokens", "remove", "desk", "--indexes", tmp_path).returncode == 1
    assert call("serve", "--host", "0.0.0.0", "--indexes", tmp_path).returncode == 1


def test_garbage_is_looked_for_once_it_listens(monkeypatch, tmp_path):
    said = []
    monkeypatch.setattr("uvicorn.run", lambda *_, **__: said.append(gc.isenabled()))
    gc.disable()
    try:
        running.listen(Starlette(), Settings(tmp_path), ())
    finally:
        gc.enable()
        gc.unfreeze()
    assert said == [True]
