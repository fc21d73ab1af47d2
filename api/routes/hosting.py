"""What the vendor says about a booking: accepted, declined, over, nobody came."""

from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import StringConstraints
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.fields import Body, Text
from api.problems import errors
from api.views.booking import BookingView, booking_view
from commands.answer_request import AcceptBooking, DeclineBooking
from commands.complete_booking import CompleteBooking
from commands.record_no_show import RecordNoShow

router = APIRouter(prefix="/bookings/{booking_id}", tags=["bookings"])

_ERRORS = errors(401, 403, 404, 409, 412)


class Decline(Body):
    reason: Annotated[Text, StringConstraints(max_length=500)] = ""


@router.post("/accept", response_model=BookingView, responses=_ERRORS, summary="Accept a request to book")
async def accept_booking(desk: TheDesk, booking_id: UUID, if_version: IfVersion) -> Response:
    return await desk.carry_out(AcceptBooking(booking_id, if_version), HTTPStatus.OK, booking_view)


@router.post("/decline", response_model=BookingView, responses=_ERRORS, summary="Decline a request to book")
async def decline_booking(
    desk: TheDesk, booking_id: UUID, if_version: IfVersion, body: Decline | None = None
) -> Response:
    reason = body.reason if body else ""
    return await desk.carry_out(DeclineBooking(booking_id, reason, if_version), HTTPStatus.OK, booking_view)


@router.post("/complete", response_model=BookingView, responses=_ERRORS, summary="It is over: the vendor has earned")
async def complete_booking(desk: TheDesk, booking_id: UUID, if_version: IfVersion) -> Response:
    return await desk.carry_out(CompleteBooking(booking_id, if_version), HTTPStatus.OK, booking_view)


@router.post("/no-show", response_model=BookingView, responses=_ERRORS, summary="The traveller did not come")
async def record_no_show(desk: TheDesk, booking_id: UUID, if_version: IfVersion) -> Response:
    return await desk.carry_out(RecordNoShow(booking_id, if_version), HTTPStatus.OK, booking_view)
