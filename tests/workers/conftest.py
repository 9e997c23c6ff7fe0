"""The executors that every test of them runs on."""

import pytest

from engine.workers.local import LocalExecutor
from tests.workers.cases import ElsewhereExecutor


@pytest.fixture(params=["local", "elsewhere", pytest.param("ray", marks=pytest.mark.slow)])
def executor(request):
    if request.param == "ray":
        from engine.workers.on_ray import RayExecutor

        opened = RayExecutor(request.getfixturevalue("two_nodes").address)
    else:
        opened = LocalExecutor() if request.param == "local" else ElsewhereExecutor()
    with opened:
        yield opened
