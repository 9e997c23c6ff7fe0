"""The container is built by the rules of its linter, and runs without rights on its volume."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from engine.cli.main import app

ROOT = Path(__file__).resolve().parents[1]
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf-8")
SERVICES = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]


def test_the_linter_finds_nothing():
    linter = shutil.which("hadolint", path=Path(sys.executable).parent) or shutil.which("hadolint")
    if linter is None:
        pytest.skip("hadolint is not installed; group dev has it")
    done = subprocess.run(
        [linter, ROOT / "Containerfile"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_what_is_copied_is_let_in():
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    copied = [
        name
        for text in CONTAINER.splitlines()
        if text.startswith("COPY ") and "--from" not in text
        for name in text.split()[1:-1]
    ]
    assert copied
    for name in copied:
        assert (ROOT / name).exists()
        assert f"!{name}" in ignored


def test_torch_is_the_one_that_the_engine_wants():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (torch,) = [wanted for wanted in project["dependencies"] if wanted.startswith("torch")]
    assert f'"{torch}"' in CONTAINER


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_has_no_rights_and_writes_to_its_volume_alone(name):
    service = SERVICES[name]
    assert f"USER {service['user']}" in CONTAINER
    assert not service["user"].startswith("0")
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    writable = [volume for volume in service["volumes"] if not volume.endswith(":ro")]
    assert writable == ["base:/base"]
    assert 'VOLUME ["/base"]' in CONTAINER


def test_the_night_is_a_command_of_the_engine_that_writes_to_the_volume():
    program, *arguments = SERVICES["nightly"]["command"]
    group: Any = get_command(app)
    parsed = group.commands[program].make_context(program, arguments).params
    assert list(parsed["paths"]) == ["/feeds"]
    assert {Path(parsed[name]).parts[1] for name in ("report", "metrics")} == {"base"}
