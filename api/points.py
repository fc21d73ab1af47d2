"""A moment of the log, as auditors write it: a position, which is exact, or an instant, which means what was recorded
by then.
"""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import PlainValidator, TypeAdapter, WithJsonSchema

from api.fields import Instant
from api.reading import POSITION_MAX
from api.refusals import FieldError, ValidationFailed

_INSTANTS: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)
_MEANING: Final = "An instant: what was recorded by then, by the real clock. Now, if absent."


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
AsOf = Annotated[Instant | None, Query(description=_MEANING)]
AtPosition = Annotated[int | None, Query(ge=0, le=POSITION_MAX, description="Or a position, which is exact.")]


def one_point(as_of: datetime | None, position: int | None) -> int | datetime | None:
    """Whichever of the two was given. Raises ValidationFailed for both."""
    if as_of is not None and position is not None:
        raise ValidationFailed(FieldError("position", "give either as_of or position"))
    return as_of if position is None else position
