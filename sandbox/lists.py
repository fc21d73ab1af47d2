"""Lists with cursors, newest first, as every list of Stripe's API works."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sandbox.documents import Doc
from sandbox.errors import malformed, missing
from sandbox.params import Accepts, Kind, integer, text, texts
from sandbox.world import Call

DEFAULT_LIMIT = 10
LARGEST_LIMIT = 100
_BOUNDS = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


@dataclass(frozen=True)
class Filter:
    """A field of the document that must have this value, or one of these; None asks for nothing."""

    field: str
    value: Any


def _limit(name: str, value: Any) -> int:
    limit = integer(name, value)
    if not 1 <= limit <= LARGEST_LIMIT:
        message = f"This value must be between 1 and {LARGEST_LIMIT}."
        raise malformed(message, code="parameter_invalid_integer", param=name)
    return limit


def page_accepts(**more: Kind) -> Accepts:
    return {"limit": _limit, "starting_after": text, "ending_before": text, "expand": texts, **more}


def listed(
    call: Call,
    kind: str,
    filters: Sequence[Filter] = (),
    *,
    also: str | None = None,
    url: str | None = None,
) -> Doc:
    """One page of the account's documents of this kind. `also` is a condition of our own in SQL."""
    where = ["account = ?", "type = ?"]
    values: list[Any] = [call.account, kind]
    for wanted in filters:
        _add_filter(where, values, wanted)
    for bound, instant in call.params.get("created", {}).items():
        where.append(f"created {_BOUNDS[bound]} ?")
        values.append(instant)
    if also is not None:
        where.append(also)
    backwards = "ending_before" in call.params
    for name, sign in (("starting_after", "<"), ("ending_before", ">")):
        if name in call.params:
            where.append(f"seq {sign} ?")
            values.append(_cursor(call, kind, name))
    limit = call.params.get("limit", DEFAULT_LIMIT)
    found = call.store.page(where, values, newest_first=not backwards, limit=limit + 1)
    page = found[:limit]
    if backwards:
        page.reverse()
    return {"object": "list", "data": page, "has_more": len(found) > limit, "url": url or f"/v1/{kind}s"}


def _add_filter(where: list[str], values: list[Any], wanted: Filter) -> None:
    if wanted.value is None:
        return
    accepted = wanted.value if isinstance(wanted.value, list) else [wanted.value]
    where.append(f"json_extract(json, '$.{wanted.field}') IN ({', '.join('?' * len(accepted))})")
    values.extend(accepted)


def _cursor(call: Call, kind: str, name: str) -> int:
    object_id = call.params[name]
    seq = call.store.seq(object_id, kind, call.account)
    if seq is None:
        raise missing(kind, object_id, param=name)
    return seq


def whole(items: list[Doc], url: str) -> Doc:
    """A list that is part of another object."""
    return {"object": "list", "data": items, "has_more": False, "url": url}
