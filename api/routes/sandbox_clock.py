"""The clock of the business, moved by hand; in the sandbox only."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter
from psycopg import AsyncConnection
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.edge import Edge, TheEdge
from api.fields import Body, Instant, Text
from api.problems import errors
from api.reading import wait_until
from api.refusals import ClockMovesForward, ClockStillMoving, FieldError, ValidationFailed
from domain.duration import parse_duration
from domain.refusal import InvalidTerms
from queries.business_clock import Clock, clock

router = APIRouter(prefix="/sandbox", tags=["sandbox"])

ADVANCE_MAX: Final = timedelta(days=400)
WAIT_MAX_S: Final = 60.0


class ClockView(BaseModel):
    now: datetime
    target: datetime | None = None


class MoveClock(Body):
    advance: Annotated[Text, StringConstraints(max_length=32)] | None = Field(default=None, examples=["P7D"])
    at: Instant | None = None


@router.get("/clock", response_model=ClockView, summary="What time it is for the business")
async def get_clock(edge: TheEdge) -> Response:
    return _answer(await _clock(edge))


@router.post(
    "/clock", response_model=ClockView, responses=errors(503), summary="Move the clock of the business forward"
)
async def move_clock(edge: TheEdge, body: MoveClock) -> Response:
    """The schedule moves the clock, through everything that falls due on the way; this waits until it is there."""
    before = await _clock(edge)
    wanted = _wanted(body, before.now)
    if wanted < before.now:
        raise ClockMovesForward
    if wanted - before.now > ADVANCE_MAX:
        raise ValidationFailed(FieldError("at" if body.at else "advance", "may be 400 days at most"))
    async with edge.house.reads.connection() as connection:
        await _aim(connection, wanted)

    async def there() -> bool:
        return (await _clock(edge)).now >= wanted

    try:
        if not await wait_until(there, WAIT_MAX_S):
            raise ClockStillMoving
    finally:
        edge.hearing.mistrust()
    return _answer(await _clock(edge))


def _wanted(body: MoveClock, now: datetime) -> datetime:
    if (body.advance is None) == (body.at is None):
        raise ValidationFailed(FieldError("advance", "give either advance or at"))
    if body.at is not None:
        return body.at
    assert body.advance is not None
    try:
        return now + timedelta(seconds=parse_duration(body.advance).total_seconds)
    except InvalidTerms:
        raise ValidationFailed(FieldError("advance", "must be a duration like P7D or PT24H")) from None


async def _aim(connection: AsyncConnection, wanted: datetime) -> None:
    await connection.execute("UPDATE ops.clock SET target = greatest(target, %s)", (wanted,))


async def _clock(edge: Edge) -> Clock:
    async with edge.house.reads.connection() as connection:
        return await clock(connection)


def _answer(seen: Clock) -> Response:
    return Response(ClockView(now=seen.now, target=seen.target).model_dump_json(), 200, media_type="application/json")
