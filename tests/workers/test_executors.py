"""What every executor does, wherever it works."""

from contextlib import closing
from functools import partial
from itertools import count, islice

import pytest

from engine.errors import DamagedError, InputError, StorageError, WorkError
from engine.workers.choosing import open_executor
from engine.workers.dealing import AHEAD
from engine.workers.local import LocalExecutor
from engine.workers.on_ray import RayExecutor
from tests.workers.cases import (
    PARTS,
    Accelerators,
    AlwaysKilled,
    AlwaysRefused,
    Damaged,
    Killed,
    Numbered,
    Refused,
    Slow,
    Squaring,
    folder_file,
)

# Ray leaves processes and files to the end of the process.
pytestmark = pytest.mark.filterwarnings("ignore")

SQUARES = [(part, part.number**2) for part in PARTS]


def tries(folder, number):
    return len(folder_file(folder, Numbered(number)).read_text().split())


def test_results_come_with_their_parts_in_order(executor, tmp_path):
    assert list(executor.map(partial(Squaring, tmp_path), PARTS)) == SQUARES
    assert all(tries(tmp_path, part.number) == 1 for part in PARTS)


def test_each_worker_makes_its_state_once(executor, tmp_path):
    list(executor.map(partial(Squaring, tmp_path), PARTS))
    assert 1 <= len(list(tmp_path.glob("made-*"))) <= 2


def test_no_parts_give_no_results(executor, tmp_path):
    assert list(executor.map(partial(Squaring, tmp_path), [])) == []


def test_a_stage_may_follow_another(executor, tmp_path):
    for _ in range(2):
        assert list(executor.map(partial(Squaring, tmp_path), PARTS)) == SQUARES


def test_parts_are_taken_as_there_are_workers_for_them(executor, tmp_path):
    taken = count()
    parts = (Numbered(next(taken)) for _ in range(1000))
    assert list(islice(executor.map(partial(Squaring, tmp_path), parts), 3)) == SQUARES[:3]
    assert next(taken) <= 3 + 2 * AHEAD


def test_what_the_system_refused_is_tried_again(executor, tmp_path):
    assert list(executor.map(partial(Refused, tmp_path), PARTS)) == SQUARES
    assert [tries(tmp_path, number) for number in (2, 3, 4)] == [1, 3, 1]


def test_what_is_always_refused_is_named(executor, tmp_path):
    with pytest.raises(StorageError, match=r"number 3: refused 3 times .*does not answer"):
        list(executor.map(partial(AlwaysRefused, tmp_path), PARTS))
    assert tries(tmp_path, 3) == 3


def test_an_error_of_the_engine_comes_out_as_it_is(executor, tmp_path):
    with pytest.raises(DamagedError) as raised:
        list(executor.map(partial(Damaged, tmp_path), PARTS))
    assert str(raised.value) == "number 3 is not as it was stored"
    assert type(raised.value) is DamagedError


def test_what_is_said_chooses_the_executor():
    assert isinstance(open_executor("local"), LocalExecutor)
    assert isinstance(open_executor("ray"), RayExecutor)
    assert isinstance(open_executor("ray://head:10001"), RayExecutor)


@pytest.mark.parametrize("said", ["", "dask", "ray://", "rays", "http://head"])
def test_what_names_no_place_is_refused(said):
    with pytest.raises(InputError, match=r"ray://HOST:PORT"):
        open_executor(said)


@pytest.mark.slow
class TestOnRay:
    @pytest.fixture
    def on_ray(self, two_nodes):
        with RayExecutor(two_nodes.address) as opened:
            yield opened

    def test_a_cluster_elsewhere_is_asked_by_its_client(self, two_nodes, tmp_path):
        with closing(open_executor(two_nodes.client)) as executor:
            assert list(executor.map(partial(Squaring, tmp_path), PARTS)) == SQUARES
            with pytest.raises(DamagedError, match="not as it was stored"):
                list(executor.map(partial(Damaged, tmp_path), PARTS))

    def test_a_killed_worker_is_replaced_and_its_part_tried_again(self, on_ray, tmp_path):
        assert list(on_ray.map(partial(Killed, tmp_path), PARTS)) == SQUARES
        assert [tries(tmp_path, number) for number in (2, 3, 4)] == [1, 2, 1]

    def test_a_part_that_kills_every_worker_is_named(self, on_ray, tmp_path):
        with pytest.raises(WorkError, match="number 3: 3 workers were lost over it"):
            list(on_ray.map(partial(AlwaysKilled, tmp_path), PARTS))

    def test_a_lost_node_changes_no_result(self, on_ray, two_nodes, tmp_path):
        lost = two_nodes.add_node(num_cpus=1, object_store_memory=80_000_000)
        two_nodes.wait_for_nodes()
        answers = on_ray.map(partial(Slow, tmp_path), [Numbered(n) for n in range(12)])
        found = [next(answers)]
        two_nodes.remove_node(lost, allow_graceful=False)
        found += answers
        assert found == [(Numbered(n), n**2) for n in range(12)]

    def test_one_that_found_no_cluster_does_not_keep_others_from_theirs(self, two_nodes, tmp_path):
        with RayExecutor("ray://127.0.0.1:9") as lost, pytest.raises(WorkError, match="--on local"):
            list(lost.map(partial(Squaring, tmp_path), PARTS))
        with RayExecutor(two_nodes.address) as executor:
            assert list(executor.map(partial(Squaring, tmp_path), PARTS)) == SQUARES

    def test_what_does_better_with_an_accelerator_gets_one(self, on_ray, two_nodes, tmp_path):
        node = two_nodes.add_node(num_cpus=1, num_gpus=1, object_store_memory=80_000_000)
        two_nodes.wait_for_nodes()
        answers = on_ray.map(partial(Accelerators, tmp_path), PARTS, accelerated=True)
        assert {seen for _, seen in answers} == {"0"}
        two_nodes.remove_node(node)
