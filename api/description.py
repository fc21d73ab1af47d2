"""What /openapi.json says beyond what the framework finds out: every error is a problem, and of one kind."""

from typing import Any

from fastapi import FastAPI

from api.problems import Problem


class Described(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            described = super().openapi()
            schemas = described.setdefault("components", {}).setdefault("schemas", {})
            for never_sent in ("HTTPValidationError", "ValidationError"):
                schemas.pop(never_sent, None)
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update({**problem.pop("$defs"), "Problem": problem})
        assert self.openapi_schema is not None
        return self.openapi_schema
