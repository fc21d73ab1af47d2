"""A moment of the log, as auditors write it: a position, which is exact, or an instant, which means what was recorded
by then.
"""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Query, Request
from fastapi.dependencies.utils import get_flat_params
from pydantic import PlainValidator, TypeAdapter, WithJsonSchema

from api.fields import Instant
from api.reading import POSITION_MAX
from api.refusals import FieldError, ValidationFailed

_INSTANTS: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)
_MEANING: Final = (
    "An instant: what was recorded by then, by the real clock. Or a position, which is exact. Now, if absent."
)
_ELSEWHERE: Final = (
    "is not known here, and today's answer would pass for that of then: GET /api/v1/audit/rows has every list, balance"
    " and statement as of a moment, GET /api/v1/audit/streams/{id} every single thing"
)


def _point(value: Any) -> int | datetime:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value) if len(value) < 20 else -1
    if isinstance(value, int) and not isinstance(value, bool):
        if not 0 <= value <= POSITION_MAX:
            raise ValueError("must be a position from 0 on")
        return value
    return _INSTANTS.validate_python(value)


_SCHEMA: Final = WithJsonSchema(
    {"anyOf": [{"type": "string", "format": "date-time"}, {"type": "integer", "minimum": 0, "maximum": POSITION_MAX}]}
)

Point = Annotated[int | datetime, PlainValidator(_point), _SCHEMA]
AsOf = Annotated[Point | None, Query(description=_MEANING)]
AtPosition = Annotated[int | None, Query(ge=0, le=POSITION_MAX, description="The same as a position in `as_of`.")]


def one_point(as_of: int | datetime | None, position: int | None) -> int | datetime | None:
    """Whichever of the two was given. Raises ValidationFailed for both."""
    if as_of is not None and position is not None:
        raise ValidationFailed(FieldError("position", "give either as_of or position"))
    return as_of if position is None else position


def refuse_stray_moment(request: Request) -> None:
    """Raises ValidationFailed if `as_of` is asked of an operation that would not heed it."""
    if b"as_of=" not in request.scope["query_string"] or "as_of" not in request.query_params:
        return
    if all(known.alias != "as_of" for known in get_flat_params(request.scope["route"].dependant)):
        raise ValidationFailed(FieldError("as_of", _ELSEWHERE))
