"""Requests that fit an operation's description, nearly do, or not at all: for finding what nobody thought of."""

import random
from typing import Any

from tests.integration.sample_bodies import Json, smallest

ODD: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    2**63,
    10**40,
    "",
    " ",
    "\x00",
    "a\x00b",
    "\u202e\u0000",
    "\ufffe",
    "e\u0301" * 20,
    "\U0001f98a" * 300,
    "x" * 5_000,
    "' OR 1=1 --",
    "../../etc/passwd",
    "{{7*7}}",
    "9999-12-31T23:59:59Z",
    "0000-00-00",
    "2027-02-30",
    "P999999999Y",
    [],
    {},
    [[[[]]]],
    {"a": {"b": {"c": None}}},
)


def odd_body(chance: random.Random, operation: Json, api: Json) -> Any:
    """The smallest allowed body, with some of the fields that it may have made odd; sometimes no such thing."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None or chance.random() < 0.05:
        return chance.choice(ODD)
    body = smallest(content["schema"], api)
    if not isinstance(body, dict):
        return chance.choice(ODD)
    names = list(_fields(content["schema"], api))
    for name in chance.sample(names, chance.randint(0, len(names))):
        body[name] = (
            chance.choice(ODD) if chance.random() < 0.7 else smallest(_fields(content["schema"], api)[name], api)
        )
    if chance.random() < 0.1:
        body[str(chance.choice(ODD))] = chance.choice(ODD)
    return body


def _fields(schema: Json, api: Json) -> Json:
    if "$ref" in schema:
        schema = api["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    if "anyOf" in schema:
        return _fields(schema["anyOf"][0], api)
    fields: Json = schema.get("properties", {})
    return fields


def odd_query(chance: random.Random, operation: Json, api: Json) -> list[tuple[str, str]]:
    given = []
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "query" and (parameter.get("required") or chance.random() < 0.4):
            odd = chance.random() < 0.6
            value = chance.choice(ODD) if odd else smallest(parameter["schema"], api)
            given.append((parameter["name"], str(value)))
    return given
