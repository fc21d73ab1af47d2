"""Capacity: departures opened, and how much of them is left."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, DayOrInstant, LocalOrInstant, Whole, placed
from api.local_time import zone_of_listing
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, ValidationFailed
from commands.open_departures import OpenDepartures
from domain.capacity import Cell
from queries.availability import CellRow, availability
from queries.business_clock import clock
from queries.listings import listing
from queries.rows import Connection

router = APIRouter(prefix="/listings/{listing_id}", tags=["listings"])

CAPACITY_MAX: Final = 100_000
DEPARTURE_MAX: Final = timedelta(days=366)
RANGE_DEFAULT: Final = timedelta(days=31)
RANGE_MAX: Final = timedelta(days=366)


class NewOpening(Body):
    starts_at: LocalOrInstant
    ends_at: LocalOrInstant
    capacity: Annotated[Whole, Field(ge=1, le=CAPACITY_MAX)]


class Opened(BaseModel):
    cells: int = Field(description="How many were opened.")


class CellView(BaseModel):
    starts_at: datetime
    ends_at: datetime
    capacity: int
    available: int


class Availability(BaseModel):
    cells: list[CellView]


@router.post(
    "/openings",
    status_code=201,
    response_model=Opened,
    responses=errors(401, 403, 404, 409),
    summary="Open a departure",
)
async def open_departures(edge: TheEdge, desk: TheDesk, listing_id: UUID, body: NewOpening) -> Response:
    naive = body.starts_at.tzinfo is None or body.ends_at.tzinfo is None
    zone = await zone_of_listing(edge, listing_id) if naive else None
    starts_at, ends_at = placed(body.starts_at, zone, "starts_at"), placed(body.ends_at, zone, "ends_at")
    if not timedelta() < ends_at - starts_at <= DEPARTURE_MAX:
        raise ValidationFailed(FieldError("ends_at", "must be after starts_at, by 366 days at most"))
    cells = (Cell(starts_at, ends_at, body.capacity),)
    return await desk.carry_out(
        OpenDepartures(uuid4(), listing_id, cells),
        HTTPStatus.CREATED,
        lambda _: Opened(cells=len(cells)),
        versioned=False,
    )


@router.get(
    "/availability",
    response_model=Availability,
    responses=errors(401, 404, 503),
    summary="Places left, for 31 days by default",
)
async def get_availability(
    caller: SignedIn,
    read: Annotated[Reading, reading("listings")],
    listing_id: UUID,
    since: Annotated[DayOrInstant | None, Query(alias="from")] = None,
    until: Annotated[DayOrInstant | None, Query(alias="to")] = None,
) -> Response:
    found = await read.find(lambda c: listing(c, listing_id, caller.actor))

    async def cells(connection: Connection) -> list[CellRow]:
        starts_from = placed(since, found.time_zone, "from") if since else (await clock(connection)).now
        before = placed(until, found.time_zone, "to") if until else starts_from + RANGE_DEFAULT
        if not timedelta() < before - starts_from <= RANGE_MAX:
            raise ValidationFailed(FieldError("to", "must be after from, by 366 days at most"))
        return await availability(connection, listing_id, starts_from, before)

    rows = await read.ask(cells)
    return read.answer(Availability(cells=[_cell(row) for row in rows]))


def _cell(row: CellRow) -> CellView:
    return CellView(
        starts_at=row.starts_at, ends_at=row.ends_at, capacity=row.capacity, available=max(0, row.available)
    )
