"""Bookings: places held, looked at, and changed."""

from http import HTTPStatus
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request
from pydantic import Field
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.caller import SignedIn
from api.edge import Edge, TheEdge, edge_of
from api.fields import Body, Day, DayOrInstant, LocalOrInstant, Whole, bound, placed
from api.local_time import zone_of_listing
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, ValidationFailed
from api.views.booking import BookingView, booking_view
from commands.place_hold import PlaceHold
from commands.reschedule_booking import RescheduleBooking
from domain.booking import Booking
from domain.refusal import NotFound
from domain.root import replay
from infrastructure.new_id import new_id
from queries.bookings import BookingFilter, bookings
from queries.scope import may_see

router = APIRouter(prefix="/bookings", tags=["bookings"])

QUANTITY_MAX: Final = 100_000

Bookings = Annotated[Reading, reading("bookings")]
Quantity = Annotated[Whole, Field(ge=1, le=QUANTITY_MAX)]
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
    """A departure by its start; a stay by its nights, both included, or by check-in and check-out."""

    listing_id: UUID
    starts_at: LocalOrInstant | None = None
    ends_at: LocalOrInstant | None = None
    first_night: Day | None = None
    last_night: Day | None = None
    quantity: Quantity


class ChangedBooking(Body):
    """What is not given stays as it is."""

    starts_at: LocalOrInstant | None = None
    ends_at: LocalOrInstant | None = None
    first_night: Day | None = None
    last_night: Day | None = None
    quantity: Quantity | None = None


@router.post(
    "", status_code=201, response_model=BookingView, responses=errors(401, 403, 404, 409), summary="Hold places"
)
async def place_hold(desk: TheDesk, body: NewBooking) -> Response:
    _check_times(body)
    if body.starts_at is None and body.first_night is None:
        raise ValidationFailed(FieldError("starts_at", "say when: starts_at, or first_night and last_night"))
    if (body.first_night is None) != (body.last_night is None):
        raise ValidationFailed(FieldError("last_night", "give both nights, or neither"))
    zone = await zone_of_listing(desk.edge, body.listing_id) if _has_local_times(body) else None
    command = PlaceHold(
        booking_id=new_id(),
        listing_id=body.listing_id,
        starts_at=placed(body.starts_at, zone, "starts_at") if body.starts_at else None,
        ends_at=placed(body.ends_at, zone, "ends_at") if body.ends_at else None,
        quantity=body.quantity,
        first_night=body.first_night,
        last_night=body.last_night,
    )
    return await desk.carry_out(command, HTTPStatus.CREATED, booking_view)


@router.patch(
    "/{booking_id}",
    response_model=BookingView,
    responses=errors(401, 403, 404, 409, 412),
    summary="Change times or number of places; what costs more waits to be paid",
)
async def reschedule_booking(
    edge: TheEdge, desk: TheDesk, booking_id: UUID, if_version: IfVersion, body: ChangedBooking
) -> Response:
    _check_times(body)
    zone = await _zone_of_booking(edge, booking_id) if _has_local_times(body) else None
    command = RescheduleBooking(
        booking_id=booking_id,
        starts_at=placed(body.starts_at, zone, "starts_at") if body.starts_at else None,
        ends_at=placed(body.ends_at, zone, "ends_at") if body.ends_at else None,
        first_night=body.first_night,
        last_night=body.last_night,
        quantity=body.quantity,
        if_version=if_version,
    )
    return await desk.carry_out(command, HTTPStatus.OK, booking_view)


def _check_times(body: NewBooking | ChangedBooking) -> None:
    if (body.starts_at or body.ends_at) and (body.first_night or body.last_night):
        raise ValidationFailed(FieldError("first_night", "give instants or nights, not both"))


def _has_local_times(body: NewBooking | ChangedBooking) -> bool:
    return any(moment is not None and moment.tzinfo is None for moment in (body.starts_at, body.ends_at))


async def _zone_of_booking(edge: Edge, booking_id: UUID) -> str:
    """Where its listing is. Raises NotFound."""
    streams = await edge.house.log.read((booking_id,))
    found = replay(streams.events[booking_id])
    if not isinstance(found, Booking):
        raise NotFound
    return await zone_of_listing(edge, found.listing_id)


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
async def get_booking(request: Request, caller: SignedIn, read: Bookings, booking_id: UUID) -> Response:
    row = await read.find_by_id(edge_of(request).bookings, booking_id, lambda row: may_see(caller.actor, row))
    return read.answer(booking_view(row), version=row.version)
