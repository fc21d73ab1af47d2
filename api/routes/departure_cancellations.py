"""A whole departure cancelled by the platform: previewed, started, watched."""

from datetime import date, datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import StringConstraints
from starlette.responses import Response

from api.answers import TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, DayOrInstant, Letter, placed
from api.local_time import listing_in_log
from api.paging import Listed, ThePage, listed
from api.problems import errors
from api.reading import Reading, reading
from api.refusals import FieldError, ValidationFailed
from api.views.departure_cancellation import (
    AffectedView,
    DepartureCancellationView,
    affected_view,
    run_view,
    started_view,
)
from commands.cancel_departure import StartDepartureCancellation
from infrastructure.new_id import new_id
from queries.departure_cancellations import affected, departure_cancellation, departure_cancellations

router = APIRouter(tags=["listings"])

RANGE_MAX: Final = timedelta(days=366)
_INSTANT: Final = timedelta(microseconds=1)

Bookings = Annotated[Reading, reading("bookings")]
Runs = Annotated[Reading, reading("departure_cancellations")]
Since = Annotated[DayOrInstant, Query(description="When it begins; a day is all that begins on it.")]
Until = Annotated[
    DayOrInstant | None, Query(description="Everything that begins before then; without it, what begins at starts_at.")
]


class NewCancellation(Body):
    starts_at: DayOrInstant
    ends_at: DayOrInstant | None = None
    reason: Annotated[Letter, StringConstraints(max_length=500)]


@router.get(
    "/listings/{listing_id}/departure-cancellations/preview",
    response_model=AffectedView,
    responses=errors(401, 403, 404, 503),
    summary="Whom cancelling a departure would concern",
)
async def preview_departure_cancellation(
    _: SignedIn, edge: TheEdge, read: Bookings, listing_id: UUID, starts_at: Since, ends_at: Until = None
) -> Response:
    listing = await listing_in_log(edge, listing_id)
    starts_from, before = _range(starts_at, ends_at, listing.time_zone)
    found = await read.ask(lambda c: affected(c, listing_id, starts_from, before))
    return read.answer(affected_view(found, listing.currency, starts_from, before))


@router.post(
    "/listings/{listing_id}/departure-cancellations",
    status_code=202,
    response_model=DepartureCancellationView,
    responses=errors(401, 403, 404, 409),
    summary="Cancel a departure for everybody",
)
async def start_departure_cancellation(
    edge: TheEdge, desk: TheDesk, read: Bookings, listing_id: UUID, body: NewCancellation
) -> Response:
    """It is closed at once. Its bookings are cancelled one by one, and all money goes back."""
    listing = await listing_in_log(edge, listing_id)
    starts_from, before = _range(body.starts_at, body.ends_at, listing.time_zone)
    known = await read.ask(lambda c: affected(c, listing_id, starts_from, before))
    command = StartDepartureCancellation(
        new_id(), listing_id, starts_from, before, body.reason, known.bookings + known.unpaid
    )
    return await desk.carry_out(command, HTTPStatus.ACCEPTED, started_view)


@router.get(
    "/departure-cancellations",
    response_model=Listed[DepartureCancellationView],
    responses=errors(401, 403, 503),
    summary="Departures that the platform cancelled, newest first",
)
async def list_departure_cancellations(_: SignedIn, read: Runs, page: ThePage) -> Response:
    rows = await read.ask(lambda c: departure_cancellations(c, page))
    return read.answer(listed(rows, page, run_view))


@router.get(
    "/departure-cancellations/{run_id}",
    response_model=DepartureCancellationView,
    responses=errors(401, 403, 404, 503),
    summary="How far it has got",
)
async def get_departure_cancellation(_: SignedIn, read: Runs, run_id: UUID) -> Response:
    return read.answer(run_view(await read.find(lambda c: departure_cancellation(c, run_id))))


def _range(since: date, until: date | None, time_zone: str) -> tuple[datetime, datetime]:
    """Raises ValidationFailed."""
    if until is None and not isinstance(since, datetime):
        until = since + timedelta(days=1)
    starts_from = placed(since, time_zone, "starts_at")
    before = starts_from + _INSTANT if until is None else placed(until, time_zone, "ends_at")
    if not timedelta() < before - starts_from <= RANGE_MAX:
        raise ValidationFailed(FieldError("ends_at", "must be after starts_at, by 366 days at most"))
    return starts_from, before
