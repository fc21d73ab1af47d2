"""Bookings: places held, looked at, and completed."""

from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID, uuid4

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, DayOrInstant, LocalOrInstant, Whole, bound, placed
from api.local_time import zone_of_listing
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.booking import BookingView, booking_view
from commands.complete_booking import CompleteBooking
from commands.place_hold import PlaceHold
from queries.bookings import BookingFilter, booking, bookings

router = APIRouter(prefix="/bookings", tags=["bookings"])

QUANTITY_MAX: Final = 100_000

Bookings = Annotated[Reading, reading("bookings")]
Status = Literal[
    "held",
    "awaiting_payment",
    "awaiting_vendor",
    "confirmed",
    "completed",
    "cancelled",
    "declined",
    "expired",
    "no_show",
]


class NewBooking(Body):
    listing_id: UUID
    starts_at: LocalOrInstant
    ends_at: LocalOrInstant | None = None
    quantity: Annotated[Whole, Field(ge=1, le=QUANTITY_MAX)]


@router.post(
    "", status_code=201, response_model=BookingView, responses=errors(401, 403, 404, 409), summary="Hold places"
)
async def place_hold(edge: TheEdge, desk: TheDesk, body: NewBooking) -> Response:
    times = (body.starts_at, body.ends_at)
    naive = any(moment is not None and moment.tzinfo is None for moment in times)
    zone = await zone_of_listing(edge, body.listing_id) if naive else None
    command = PlaceHold(
        booking_id=uuid4(),
        listing_id=body.listing_id,
        starts_at=placed(body.starts_at, zone, "starts_at"),
        ends_at=placed(body.ends_at, zone, "ends_at") if body.ends_at else None,
        quantity=body.quantity,
    )
    return await desk.carry_out(command, HTTPStatus.CREATED, booking_view)


@router.get("", response_model=Listed[BookingView], responses=errors(401, 404, 503), summary="Bookings, newest first")
async def list_bookings(
    edge: TheEdge,
    caller: SignedIn,
    read: Bookings,
    page: ThePage,
    status: Status | None = None,
    listing_id: UUID | None = None,
    since: Annotated[DayOrInstant | None, Query(alias="from")] = None,
    until: Annotated[DayOrInstant | None, Query(alias="to")] = None,
) -> Response:
    zone = await zone_of_listing(edge, listing_id) if listing_id and (since or until) else None
    platform_zone = edge.house.settings.platform_time_zone
    which = BookingFilter(
        status=status,
        listing_id=listing_id,
        starts_from=bound(since, zone, platform_zone, "from"),
        starts_before=bound(until, zone, platform_zone, "to"),
    )
    rows = await read.ask(lambda c: bookings(c, caller.actor, page, which))
    return read.answer(listed(rows, page, booking_view))


@router.get("/{booking_id}", response_model=BookingView, responses=errors(401, 404, 503), summary="One booking")
async def get_booking(caller: SignedIn, read: Bookings, booking_id: UUID) -> Response:
    row = await read.find(lambda c: booking(c, booking_id, caller.actor))
    return read.answer(booking_view(row), version=row.version)


@router.post(
    "/{booking_id}/complete",
    response_model=BookingView,
    responses=errors(401, 403, 404, 409, 412),
    summary="The trip is over: the vendor has earned",
)
async def complete_booking(desk: TheDesk, booking_id: UUID, if_version: IfVersion) -> Response:
    return await desk.carry_out(CompleteBooking(booking_id, if_version), HTTPStatus.OK, booking_view)
