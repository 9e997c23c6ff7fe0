"""The shipped service, timer and cron line do what they say, as far as a container allows."""

import configparser
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.jobs.night_cases import hashing_base, line

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


class UnitParser(configparser.ConfigParser):
    """Names of options are kept as they are written."""

    def optionxform(self, optionstr):
        return optionstr


def unit(name):
    parser = UnitParser(strict=False, interpolation=None)
    parser.read(SCRIPTS / name)
    return parser


def cron_command():
    lines = (SCRIPTS / "nightly.cron").read_text().splitlines()
    (entry,) = [
        text for text in lines if text and not text.startswith("#") and "=" not in text[:20]
    ]
    fields = entry.split(None, 6)
    assert all(re.fullmatch(r"[\d*/,-]+", field) for field in fields[:5])
    first = r"echo 10 > /proc/self/autogroup; nice -n 10"
    command = re.fullmatch(rf"cd \S+ && {{ {first} (.*); }} >> \S+ 2>&1", fields[6])
    assert command
    return command[1]


COMMANDS = {
    "service": lambda: unit("nightly.service")["Service"]["ExecStart"],
    "cron": cron_command,
}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_command_line_runs(tmp_path, name):
    program, *arguments = shlex.split(COMMANDS[name]())
    assert program.endswith(".venv/bin/engine")
    (tmp_path / "feeds").mkdir()
    (tmp_path / "feeds" / "feed.jsonl").write_text(line("a", "A bridge collapsed.", 1))
    hashing_base(tmp_path / "indexes").close()
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *arguments],
        cwd=tmp_path,
        env=os.environ
        | {"ENGINE_INDEXES": str(tmp_path / "indexes"), "PYTHONPATH": str(SCRIPTS.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "reports" / "run-1.html").exists()
    assert (tmp_path / "metrics" / "engine.prom").exists()


def test_rejects_do_not_fail_the_service_but_held_stories_do():
    service = unit("nightly.service")["Service"]
    assert service["SuccessExitStatus"] == "3"
    assert service["Type"] == "oneshot"


def test_a_server_on_the_same_machine_goes_first():
    service = unit("nightly.service")["Service"]
    assert (service["Nice"], service["CPUWeight"]) == ("10", "10")


def test_a_missed_night_is_made_good():
    assert unit("nightly.timer")["Timer"]["Persistent"] == "true"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_accepts_the_units(tmp_path):
    service = (SCRIPTS / "nightly.service").read_text()
    program = unit("nightly.service")["Service"]["ExecStart"].split()[0]
    text = service.replace(program, sys.executable).replace("User=news\n", "")
    (tmp_path / "nightly.service").write_text(text)
    shutil.copy(SCRIPTS / "nightly.timer", tmp_path)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", tmp_path / "nightly.timer"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [text for text in done.stderr.splitlines() if str(tmp_path) in text]
    assert said == []
    calendar = unit("nightly.timer")["Timer"]["OnCalendar"]
    done = subprocess.run(
        ["systemd-analyze", "calendar", calendar], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
