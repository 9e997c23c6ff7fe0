"""What OpenAPI says holds for requests that nobody thought of."""

import hypothesis
import pytest
import schemathesis

# Imported here, as Python 3.11 mistakes a parser for another where a server's thread compiles
# something meanwhile (https://github.com/python/cpython/issues/106905).
import schemathesis.specs.openapi.schemas

from engine.serve.app import create_app
from engine.serve.settings import Settings
from tests.serve.cases import ADMIN, MANY, STORIES, TOKENS, bearer, publish

EXAMPLES = 8
"""Requests of each operation; `scripts/hostile_requests.py` sends thousands."""

# A text may be valid JSON and still say nothing, and a word no language: that is 422 by design.
ALLOWED = "positive_data_acceptance"


@pytest.fixture(scope="module")
def schema(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contract")
    publish(folder, STORIES)
    app = create_app(Settings(folder / "base", names=("testserver",), tokens=TOKENS, limits=MANY))
    app.state.services.live.follow()
    yield schemathesis.openapi.from_asgi("/v1/openapi.json", app)
    app.state.services.live.close()


@pytest.mark.slow
def test_no_request_breaks_the_contract(schema):
    for found in schema.get_all_operations():
        keeps_contract(found.ok())


def keeps_contract(operation):
    @hypothesis.given(case=operation.as_strategy())
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    def check(case):
        allowed = schemathesis.checks.CHECKS.get_one(ALLOWED)
        case.call_and_validate(headers=bearer(ADMIN), excluded_checks=[allowed])

    check()


def test_every_operation_is_described(schema):
    for path, operations in schema.raw_schema["paths"].items():
        for method, operation in operations.items():
            assert operation.get("description") or operation.get("summary"), (method, path)
            assert "application/problem+json" in operation["responses"]["default"]["content"]
