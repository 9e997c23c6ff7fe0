"""What OpenAPI says of the server."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from pydantic import TypeAdapter

from engine.serve.problems import MEDIA_TYPE, Problem

SCHEMAS = "#/components/schemas/{model}"


def describe(app: FastAPI) -> None:
    """Let every error of the API be a problem in its description, too."""
    made = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            _with_problems(made())
        return made()

    app.openapi = described  # type: ignore[method-assign] # as FastAPI's documents say


def _with_problems(description: dict[str, Any]) -> None:
    schema = TypeAdapter(Problem).json_schema(ref_template=SCHEMAS)
    known = description["components"]["schemas"]
    known |= schema.pop("$defs", {}) | {"Problem": schema}
    for own in ("HTTPValidationError", "ValidationError"):
        known.pop(own, None)
    problem = {
        "description": "A problem, as RFC 9457 says it.",
        "content": {MEDIA_TYPE: {"schema": {"$ref": SCHEMAS.format(model="Problem")}}},
    }
    for operations in description["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = problem
