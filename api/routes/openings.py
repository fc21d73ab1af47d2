"""Capacity: departures and nights opened, changed or closed, and how much of them is left."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import DayOrInstant, placed
from api.hearing import cells_subject
from api.local_time import zone_of_listing
from api.openings import CellChanges, NewOpening
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, ValidationFailed
from commands.change_cells import ChangeCells
from domain.opening import CellChange, Opening
from infrastructure.cache.kept_answers import Kept
from infrastructure.new_id import new_id
from queries.availability import CellRow, availability
from queries.business_clock import clock
from queries.listings import ANYBODY, ListingRow, listing
from queries.positions import head

router = APIRouter(prefix="/listings/{listing_id}", tags=["listings"])

RANGE_DEFAULT: Final = timedelta(days=31)
RANGE_MAX: Final = timedelta(days=366)


class Opened(BaseModel):
    cells: int
    starts_at: datetime
    ends_at: datetime


class CellsChanged(BaseModel):
    starts_from: datetime
    starts_before: datetime
    capacity: int | None
    closed: bool | None


class CellView(BaseModel):
    starts_at: datetime
    ends_at: datetime
    capacity: int
    available: int
    closed: bool


class Availability(BaseModel):
    cells: list[CellView]


@router.post(
    "/openings",
    status_code=201,
    response_model=Opened,
    responses=errors(401, 403, 404, 409),
    summary="Open a departure, a series of departures, or nights",
)
async def open_cells(edge: TheEdge, desk: TheDesk, listing_id: UUID, body: NewOpening) -> Response:
    """A series has the `rrule` of RFC 5545, which must end, and the first departure that it may name.

    Departures keep their local time and their length when the clocks are changed.
    """
    zone = await zone_of_listing(edge, listing_id) if body.is_local else None
    command = body.as_command(new_id(), listing_id, zone)
    return await desk.carry_out(command, HTTPStatus.CREATED, _opened, versioned=False)


def _opened(opening: Opening) -> Opened:
    cells = opening.cells
    return Opened(cells=len(cells), starts_at=cells[0].starts_at, ends_at=cells[-1].ends_at)


@router.patch(
    "/cells",
    response_model=CellsChanged,
    responses=errors(401, 403, 404, 409),
    summary="Give cells another capacity, close them, or open them again",
)
async def change_cells(edge: TheEdge, desk: TheDesk, listing_id: UUID, body: CellChanges) -> Response:
    """Every cell that begins in `[from, to)`. Bookings that were made stay."""
    zone = await zone_of_listing(edge, listing_id) if body.is_local else None
    starts_from, starts_before = body.range(zone)
    command = ChangeCells(
        new_id(), listing_id, starts_from, starts_before, body.capacity, closed=body.closed, reason=body.reason
    )
    return await desk.carry_out(command, HTTPStatus.OK, _changed, versioned=False)


def _changed(change: CellChange) -> CellsChanged:
    return CellsChanged(
        starts_from=change.starts_from,
        starts_before=change.starts_before,
        capacity=change.capacity,
        closed=change.closed,
    )


@router.get(
    "/availability",
    response_model=Availability,
    responses=errors(401, 404, 503),
    summary="Places left, for 31 days by default",
)
async def get_availability(
    caller: SignedIn,
    edge: TheEdge,
    read: Annotated[Reading, reading("listings")],
    listing_id: UUID,
    since: Annotated[DayOrInstant | None, Query(alias="from")] = None,
    until: Annotated[DayOrInstant | None, Query(alias="to")] = None,
) -> Response:
    async def left(found: ListingRow) -> Kept:
        """The cells themselves are never behind the log."""
        async with edge.house.reads.connection() as connection:
            position = await head(connection)
            starts_from = placed(since, found.time_zone, "from") if since else (await clock(connection)).now
            before = placed(until, found.time_zone, "to") if until else starts_from + RANGE_DEFAULT
            if not timedelta() < before - starts_from <= RANGE_MAX:
                raise ValidationFailed(FieldError("to", "must be after from, by 366 days at most"))
            rows = await availability(connection, listing_id, starts_from, before)
        return Kept(position, Availability(cells=[_cell(row) for row in rows]).model_dump_json())

    async def public() -> Kept:
        found = await read.ask(lambda c: listing(c, listing_id, ANYBODY))
        return await left(found) if found else Kept(read.position, None)

    kept = await edge.answers.read(cells_subject(listing_id), f"{since}/{until}", public, at_least=read.at_least)
    if kept.value is None:
        kept = await left(await read.find(lambda c: listing(c, listing_id, caller.actor)))
    return Response(kept.value, 200, {"Travellr-Position": str(kept.position)}, "application/json")


def _cell(row: CellRow) -> CellView:
    return CellView(
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        capacity=row.capacity,
        available=row.available,
        closed=row.closed,
    )
