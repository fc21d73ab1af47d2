"""What /openapi.json says beyond what the framework finds out: every error is a problem, and of one kind."""

from typing import Any, get_args

from fastapi import FastAPI

from api.problems import Problem
from api.roles import ALLOWED
from domain.actor import Role


class Described(FastAPI):
    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            described = super().openapi()
            schemas = described.setdefault("components", {}).setdefault("schemas", {})
            for never_sent in ("HTTPValidationError", "ValidationError"):
                schemas.pop(never_sent, None)
            problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas.update({**problem.pop("$defs"), "Problem": problem})
            for operation in (o for methods in described["paths"].values() for o in methods.values()):
                _say_for_whom(operation)
        assert self.openapi_schema is not None
        return self.openapi_schema


def _say_for_whom(operation: dict[str, Any]) -> None:
    """From the table of roles, so that what is said is what is checked."""
    roles = sorted(ALLOWED.get(operation["operationId"], ()))
    if roles:
        operation["x-roles"] = roles
        said = "Any role." if len(roles) == len(get_args(Role)) - 1 else f"For: {', '.join(roles)}."
        operation["description"] = f"{operation.get('description', '')}\n\n{said}".strip()
