"""The smallest request that an operation's description allows: for tests that do not care what it says."""

from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]

_TEXTS = {
    "uuid": "00000000-0000-4000-8000-000000000001",
    "date-time": "2027-06-01T09:00:00Z",
    "date": "2027-06-01",
    "password": "long enough to be one",
}


def smallest(schema: Json, api: Json) -> Any:
    """A value that this schema allows, with nothing in it that may be left out."""
    if "$ref" in schema:
        return smallest(api["components"]["schemas"][schema["$ref"].rpartition("/")[2]], api)
    if "anyOf" in schema:
        return smallest(schema["anyOf"][0], api)
    given = schema.get("examples") or schema.get("enum") or ([schema["const"]] if "const" in schema else [])
    return given[0] if given else _of_type(schema, api)


def _of_type(schema: Json, api: Json) -> Any:
    match schema.get("type"):
        case "object":
            return {name: smallest(schema["properties"][name], api) for name in schema.get("required", ())}
        case "array":
            return [smallest(schema["items"], api)] * schema.get("minItems", 0)
        case "integer":
            return schema.get("minimum", 1)
        case "boolean":
            return False
    return _TEXTS.get(schema.get("format", ""), "x" * max(1, schema.get("minLength", 1)))


def body_of(operation: Json, api: Json) -> Json | None:
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    return smallest(content["schema"], api) if content else None


def query_of(operation: Json, api: Json) -> str:
    """The parameters that must be given, as a query."""
    needed = [p for p in operation.get("parameters", ()) if p["in"] == "query" and p.get("required")]
    return urlencode({p["name"]: smallest(p["schema"], api) for p in needed})
