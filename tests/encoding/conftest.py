"""The built-in model and its two runtimes, opened once a module."""

from typing import Any

import pytest

from engine.encoding.e5.bulk import BulkRuntime
from engine.encoding.e5.quick import QuickRuntime
from engine.encoding.e5.text import Normaliser
from engine.encoding.e5.weights import Weights, find_weights


@pytest.fixture(scope="module")
def weights():
    return Weights(find_weights())


@pytest.fixture(scope="module")
def characters(weights):
    return weights.characters()


@pytest.fixture(scope="module")
def normalise(weights):
    return Normaliser(weights)


@pytest.fixture(scope="module")
def runtimes(weights, normalise):
    options: dict[str, Any] = {"prompt": "query: ", "max_tokens": 512}
    return QuickRuntime(normalise, **options), BulkRuntime(weights, normalise, **options)


@pytest.fixture(scope="module")
def opened(runtimes):
    """Return options that let an encoder share the runtimes that are open already."""
    return {"quick": lambda *_, **__: runtimes[0], "bulk": lambda *_, **__: runtimes[1]}
