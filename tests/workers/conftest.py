"""The executors that every test of them runs on."""

from contextlib import nullcontext

import pytest

from engine.workers.local import LocalExecutor
from engine.workers.on_ray import RayExecutor
from tests.workers.cases import ElsewhereExecutor

ON_RAY = pytest.param("ray", marks=pytest.mark.slow)


@pytest.fixture(params=["local", "elsewhere", "processes", ON_RAY])
def executor(request):
    with opened(request) as executor:
        yield executor


def opened(request):
    if request.param == "ray":
        return RayExecutor(request.getfixturevalue("two_nodes").address)
    if request.param == "processes":
        return nullcontext(request.getfixturevalue("processes"))
    return LocalExecutor() if request.param == "local" else ElsewhereExecutor()
