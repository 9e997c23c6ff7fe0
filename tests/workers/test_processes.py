"""What the executor of processes does besides what every executor does."""

import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from engine.errors import DamagedError, WorkError
from engine.workers.choosing import open_executor
from engine.workers.local import LocalExecutor
from engine.workers.processes import ProcessExecutor
from tests.workers.cases import (
    PARTS,
    AlwaysKilled,
    Damaged,
    Holding,
    Killed,
    Lambdas,
    Loud,
    Numbered,
    Slow,
    Squaring,
    folder_file,
    killed_at_once,
)

SQUARES = [(part, part.number**2) for part in PARTS]


def workers_of(folder, number):
    return [int(pid) for pid in folder_file(folder, Numbered(number)).read_text().split()]


def test_workers_are_what_chooses_processes():
    assert isinstance(open_executor("local"), LocalExecutor)
    assert isinstance(open_executor("local", workers=2), ProcessExecutor)


def test_others_work_and_stay_for_the_next_stage(processes, tmp_path):
    pids = set()
    for stage in ("one", "two"):
        folder = tmp_path / stage
        folder.mkdir()
        assert list(processes.map(partial(Squaring, folder), PARTS)) == SQUARES
        pids |= {pid for part in PARTS for pid in workers_of(folder, part.number)}
    assert os.getpid() not in pids
    assert len(pids) <= 2


def test_threads_have_stages_at_once_and_leave_the_environment_as_it_was(tmp_path):
    before = dict(os.environ)
    folders = [tmp_path / str(number) for number in range(4)]
    for folder in folders:
        folder.mkdir()
    with ProcessExecutor(2, start_after=0.0) as executor, ThreadPoolExecutor(4) as threads:

        def stage(folder):
            return list(executor.map(partial(Squaring, folder), PARTS))

        assert list(threads.map(stage, folders)) == [SQUARES] * 4
    assert dict(os.environ) == before


def test_little_work_is_done_here(tmp_path):
    with ProcessExecutor(2, start_after=60.0) as executor:
        assert list(executor.map(partial(Squaring, tmp_path), PARTS)) == SQUARES
    assert {pid for part in PARTS for pid in workers_of(tmp_path, part.number)} == {os.getpid()}


def test_much_work_is_dealt_out_once_it_has_taken_long_enough(tmp_path):
    with ProcessExecutor(2, start_after=0.5) as executor:
        assert list(executor.map(partial(Slow, tmp_path), PARTS)) == SQUARES
    here = [os.getpid() in workers_of(tmp_path, part.number) for part in PARTS]
    assert here == [True, True, False, False, False, False, False]


def test_workers_that_were_begun_have_loaded_and_do_little_work_too(tmp_path):
    with ProcessExecutor(2, start_after=60.0) as executor:
        executor.begin(partial(Path(tmp_path, "loaded").mkdir, exist_ok=True))
        executor.begin(Path(tmp_path, "never").mkdir)  # all are there
        assert list(executor.map(partial(Squaring, tmp_path), PARTS)) == SQUARES
    assert os.getpid() not in {pid for n in range(7) for pid in workers_of(tmp_path, n)}
    assert Path(tmp_path, "loaded").exists()
    assert not Path(tmp_path, "never").exists()


def test_workers_that_cannot_load_are_replaced(tmp_path):
    with ProcessExecutor(2) as executor:
        executor.begin(killed_at_once)
        assert list(executor.map(partial(Squaring, tmp_path), PARTS)) == SQUARES


def test_what_cannot_be_dealt_out_is_done_here(processes, tmp_path):
    assert list(processes.map(partial(Squaring, tmp_path), PARTS[:1])) == SQUARES[:1]
    assert list(processes.map(partial(Squaring, tmp_path), PARTS[1:3], spread=True)) == SQUARES[1:3]
    assert {pid for number in range(3) for pid in workers_of(tmp_path, number)} == {os.getpid()}


def test_a_killed_worker_is_replaced_and_its_part_tried_again(processes, tmp_path):
    assert list(processes.map(partial(Killed, tmp_path), PARTS)) == SQUARES
    assert [len(workers_of(tmp_path, number)) for number in (2, 3, 4)] == [1, 2, 1]


def test_a_part_that_kills_every_worker_is_named(processes, tmp_path):
    with pytest.raises(WorkError, match="number 3: 3 workers were lost over it"):
        list(processes.map(partial(AlwaysKilled, tmp_path), PARTS))


def test_a_part_that_kills_every_worker_may_have_an_outcome(processes, tmp_path):
    answers = processes.map(partial(AlwaysKilled, tmp_path), PARTS, lost=lambda part: -part.number)
    assert list(answers) == [(part, -3 if part.number == 3 else n) for part, n in SQUARES]


def test_workers_that_never_begin_are_told(processes):
    with pytest.raises(WorkError, match="workers were lost"):
        list(processes.map(killed_at_once, PARTS))


def test_an_error_of_a_task_leaves_no_more_processes(processes, tmp_path):
    with pytest.raises(DamagedError):
        list(processes.map(partial(Damaged, tmp_path), PARTS))
    assert list(processes.map(partial(Squaring, tmp_path), PARTS)) == SQUARES
    assert len(multiprocessing.active_children()) <= 2


def test_a_result_that_cannot_be_sent_is_told(processes, tmp_path):
    with pytest.raises(WorkError, match="cannot be sent"):
        list(processes.map(partial(Lambdas, tmp_path), PARTS))


def test_a_stage_that_is_left_ends_what_was_at_work(processes, tmp_path):
    answers = processes.map(partial(Slow, tmp_path), PARTS)
    assert next(answers) == SQUARES[0]
    answers.close()
    assert list(processes.map(partial(Squaring, tmp_path), PARTS)) == SQUARES


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_workers_let_go_of_what_a_stage_held(processes, tmp_path):
    held = tmp_path / "held"
    held.write_text("open")
    found = dict(processes.map(partial(Holding, held), PARTS))
    for pid in set(found.values()):
        until(
            lambda pid=pid: (
                held not in {Path(f).resolve() for f in Path(f"/proc/{pid}/fd").iterdir()}
            )
        )


def test_workers_print_nothing(processes, tmp_path, capfd):
    assert list(processes.map(partial(Loud, tmp_path), PARTS)) == SQUARES
    assert capfd.readouterr() == ("", "")


SCRIPT = """
import sys
from functools import partial
from engine.workers.processes import ProcessExecutor
from tests.workers.cases import Numbered, Sleeping

if __name__ == "__main__":
    with ProcessExecutor(2, start_after=0.0) as executor:
        list(executor.map(partial(Sleeping, sys.argv[1]), [Numbered(n) for n in range(9)]))
"""


def test_no_worker_outlives_a_killed_parent(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    folder = tmp_path / "notes"
    folder.mkdir()
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, script, folder], env={**os.environ, "PYTHONPATH": str(root)}
    ) as parent:
        until(lambda: len(list(folder.glob("tried-*"))) == 2)
        parent.kill()
    pids = [workers_of(folder, number)[0] for number in (0, 1)]
    until(lambda: not any(map(is_running, pids)))


def opened_by(pid):
    return {file.resolve() for file in Path(f"/proc/{pid}/fd").iterdir()}


def is_running(pid):
    """Tell whether a process is there; one that ended and is not yet collected is not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until(condition):
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
