"""The executors that every test of them runs on."""

import pytest

from engine.workers.local import LocalExecutor
from engine.workers.on_ray import RayExecutor
from tests.workers.cases import ElsewhereExecutor


@pytest.fixture(params=["local", "elsewhere", pytest.param("ray", marks=pytest.mark.slow)])
def executor(request):
    with opened(request) as executor:
        yield executor


def opened(request):
    if request.param == "ray":
        return RayExecutor(request.getfixturevalue("two_nodes").address)
    return LocalExecutor() if request.param == "local" else ElsewhereExecutor()
