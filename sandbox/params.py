"""Form bodies and query strings as Stripe reads them: `a[b]=1`, `a[]=1`, `a[0][b]=1`."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

from sandbox.documents import Doc
from sandbox.errors import malformed

# Takes the full name and the decoded value, returns the checked value or refuses.
Kind = Callable[[str, Any], Any]
Accepts = Mapping[str, Kind]

_PART = re.compile(r"\[([^\]]*)\]")
_MOST_METADATA_KEYS = 50


def decode(form: bytes) -> Doc:
    tree: Doc = {}
    for name, value in parse_qsl(form.decode(errors="replace"), keep_blank_values=True):
        head = name.split("[", 1)[0]
        _insert(tree, [head, *_PART.findall(name)], value)
    return tree


def _insert(tree: Doc, path: list[str], value: str) -> None:
    node = tree
    for part in path[:-1]:
        inner = node.setdefault(part or str(len(node)), {})
        if not isinstance(inner, dict):
            raise malformed(f"Invalid parameters: `{part}` is given both as a value and as a mapping.", param=part)
        node = inner
    node[path[-1] or str(len(node))] = value


def check(tree: Doc, accepts: Accepts, needs: tuple[str, ...] = ()) -> Doc:
    """The checked parameters, or Stripe's refusal of the first that is unknown, missing or ill-formed."""
    return _check(tree, accepts, needs, "")


def _check(tree: Doc, accepts: Accepts, needs: tuple[str, ...], prefix: str) -> Doc:
    for name in tree:
        if name not in accepts:
            full = _join(prefix, name)
            raise malformed(f"Received unknown parameter: {full}", code="parameter_unknown", param=full)
    for name in needs:
        if name not in tree:
            full = _join(prefix, name)
            raise malformed(f"Missing required param: {full}.", code="parameter_missing", param=full)
    return {name: accepts[name](_join(prefix, name), value) for name, value in tree.items()}


def _join(prefix: str, name: str) -> str:
    return f"{prefix}[{name}]" if prefix else name


def text(name: str, value: Any) -> str:
    if not isinstance(value, str):
        raise malformed(f"Invalid string: {value}", param=name)
    if value == "":
        message = (
            f"You passed an empty string for '{name}'. We assume empty values are an attempt to unset a parameter; "
            f"however '{name}' cannot be unset. You should remove '{name}' from your request or supply a non-empty "
            "value."
        )
        raise malformed(message, code="parameter_invalid_empty", param=name)
    if len(value) > 5000:
        raise malformed(f"Invalid string: {value[:20]}...; must be at most 5000 characters", param=name)
    return value


def clearable_text(name: str, value: Any) -> str | None:
    return None if value == "" else text(name, value)


def integer(name: str, value: Any) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,18}", value):
        raise malformed(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)
    return int(value)


def boolean(name: str, value: Any) -> bool:
    if value not in {"true", "false"}:
        raise malformed(f"Invalid boolean: {value}", param=name)
    return bool(value == "true")


def one_of(*allowed: str) -> Kind:
    def check_choice(name: str, value: Any) -> str:
        if value not in allowed:
            raise malformed(f"Invalid {name}: must be one of {', '.join(allowed)}", param=name)
        return str(value)

    return check_choice


def texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, dict) or not all(part.isdigit() for part in value):
        raise malformed("Invalid array", param=name)
    return [text(_join(name, part), item) for part, item in value.items()]


def mapping(needs: tuple[str, ...] = (), /, **accepts: Kind) -> Kind:
    def check_mapping(name: str, value: Any) -> Doc:
        if not isinstance(value, dict):
            raise malformed("Invalid object", param=name)
        return _check(value, accepts, needs, name)

    return check_mapping


def free_mapping(name: str, value: Any) -> Doc:
    """A part of Stripe's API that the sandbox takes along without acting on it."""
    if not isinstance(value, dict):
        raise malformed("Invalid object", param=name)
    return value


def metadata(name: str, value: Any) -> dict[str, str]:
    """Keys to set; an empty value takes the key away, and an empty `metadata` takes all of them (see `merged`)."""
    if value == "":
        return {"": ""}
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise malformed("Invalid metadata: must be a hash of strings", param=name)
    if len(value) > _MOST_METADATA_KEYS:
        raise malformed(f"Metadata can have up to {_MOST_METADATA_KEYS} keys", param=name)
    for key, item in value.items():
        if len(key) > 40 or len(item) > 500:
            raise malformed("Metadata keys have up to 40 characters and values up to 500", param=_join(name, key))
    return value


def merged(old: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    if "" in new:
        return {}
    return {key: value for key, value in {**old, **new}.items() if value != ""}


def instants(name: str, value: Any) -> Doc:
    """`created=1` or `created[gte]=1`, as bounds."""
    if isinstance(value, dict):
        return _check(value, dict.fromkeys(("gt", "gte", "lt", "lte"), integer), (), name)
    exactly = integer(name, value)
    return {"gte": exactly, "lte": exactly}


def unsupported(name: str, _value: Any) -> Any:
    """Known to Stripe and not to the sandbox: refusing is more honest than ignoring."""
    raise malformed(f"The sandbox does not implement the parameter {name}", param=name)
