"""Cancelling, in whole or in part: what it would do, promised for ten minutes, and doing it."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final, Self
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel, Field, StringConstraints, model_validator
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, Day, Text, Whole
from api.problems import errors
from api.refusals import FieldError, PreviewNotOurs, ValidationFailed
from api.trace import trace_of
from api.views.booking import BookingView, booking_view
from api.views.money import MoneyView, money
from commands.append import Meta
from commands.cancel_booking import CancelBooking
from commands.cancel_part import CancelPart
from commands.preview_cancellation import preview_cancellation as preview_of
from commands.work import Work
from domain.booking import Part, Preview
from infrastructure.signed import InvalidToken

router = APIRouter(prefix="/bookings/{booking_id}", tags=["bookings"])

HONOURED_FOR: Final = timedelta(minutes=10)
Quantity = Annotated[Whole, Field(ge=1, le=100_000)]


class PreviewView(BaseModel):
    refund: MoneyView
    clause: str
    valid_until: datetime = Field(description="Until then the token gets exactly this refund.")
    clause_until: datetime | None = Field(description="Until then the clause itself applies.")
    preview_token: str


class CancelledPart(Body):
    """What is cancelled: so many guests or units, or these nights, both included."""

    quantity: Quantity | None = None
    first_night: Day | None = None
    last_night: Day | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        nights = (self.first_night is not None, self.last_night is not None)
        if nights[0] != nights[1] or (self.quantity is not None) == nights[0]:
            raise ValueError("give quantity, or first_night and last_night")
        return self


class Cancel(Body):
    reason: Annotated[Text, StringConstraints(max_length=500)] = ""
    part: CancelledPart | None = None
    preview_token: Annotated[Text, StringConstraints(max_length=4_000)] | None = None


async def _asked_part(
    quantity: Annotated[int | None, Query(ge=1, le=100_000, description="Cancel so many guests or units.")] = None,
    first_night: Annotated[Day | None, Query(description="Cancel these nights, both included.")] = None,
    last_night: Annotated[Day | None, Query()] = None,
) -> Part | None:
    asked = Part(quantity, first_night, last_night)
    if asked == Part():
        return None
    if (first_night is None) != (last_night is None) or (quantity is not None) == (first_night is not None):
        raise ValidationFailed(FieldError("quantity", "give quantity, or first_night and last_night"))
    return asked


@router.get(
    "/cancellation",
    response_model=PreviewView,
    responses=errors(401, 403, 404, 409),
    summary="What cancelling now, all or a part, would give back",
)
async def preview_cancellation(
    request: Request,
    edge: TheEdge,
    caller: SignedIn,
    booking_id: UUID,
    part: Annotated[Part | None, Depends(_asked_part)],
) -> Response:
    meta = Meta(caller.actor, "PreviewCancellation", trace_of(request).correlation_id)
    work = Work(edge.house.log, edge.house.policy, meta)
    booking, by, outcome = await preview_of(work, booking_id, part)
    preview = Preview(booking.version, by, outcome, await work.now() + HONOURED_FOR, part)
    view = PreviewView(
        refund=money(outcome.refund_minor, booking.currency),
        clause=outcome.clause,
        valid_until=preview.honoured_until,
        clause_until=outcome.valid_until,
        preview_token=edge.tokens.preview(booking_id, preview),
    )
    return Response(view.model_dump_json(), 200, {"ETag": f'"{booking.version}"'}, "application/json")


@router.post(
    "/cancel",
    response_model=BookingView,
    responses=errors(401, 403, 404, 409, 412),
    summary="Cancel by the terms, all or a part",
)
async def cancel_booking(
    edge: TheEdge, desk: TheDesk, booking_id: UUID, if_version: IfVersion, body: Cancel | None = None
) -> Response:
    asked = body or Cancel()
    agreed = None
    if asked.preview_token is not None:
        try:
            agreed = edge.tokens.read_preview(asked.preview_token, booking_id)
        except InvalidToken:
            raise PreviewNotOurs from None
    command: CancelBooking | CancelPart = CancelBooking(booking_id, asked.reason, agreed, if_version)
    if asked.part is not None:
        part = Part(asked.part.quantity, asked.part.first_night, asked.part.last_night)
        command = CancelPart(booking_id, part, asked.reason, agreed, if_version)
    return await desk.carry_out(command, HTTPStatus.OK, booking_view)
