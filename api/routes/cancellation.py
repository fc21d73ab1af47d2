"""Cancelling: what it would do, promised for ten minutes, and doing it."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field, StringConstraints
from starlette.responses import Response

from api.answers import IfVersion, TheDesk
from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Body, Text
from api.problems import errors
from api.refusals import PreviewNotOurs
from api.trace import trace_of
from api.views.booking import BookingView, booking_view
from api.views.money import MoneyView, money
from commands.access import cancels_as, my_booking
from commands.append import Meta
from commands.cancel_booking import CancelBooking
from commands.work import Work
from domain.booking import Preview
from infrastructure.tokens import InvalidToken

router = APIRouter(prefix="/bookings/{booking_id}", tags=["bookings"])

HONOURED_FOR: Final = timedelta(minutes=10)


class PreviewView(BaseModel):
    refund: MoneyView
    clause: str
    valid_until: datetime = Field(description="Until then the token gets exactly this refund.")
    clause_until: datetime | None = Field(description="Until then the clause itself applies.")
    preview_token: str


class Cancel(Body):
    reason: Annotated[Text, StringConstraints(max_length=500)] = ""
    preview_token: Annotated[Text, StringConstraints(max_length=4_000)] | None = None


@router.get(
    "/cancellation",
    response_model=PreviewView,
    responses=errors(401, 403, 404, 409),
    summary="What cancelling now would give back",
)
async def preview_cancellation(request: Request, edge: TheEdge, caller: SignedIn, booking_id: UUID) -> Response:
    meta = Meta(caller.actor, "PreviewCancellation", trace_of(request).correlation_id)
    work = Work(edge.house.log, edge.house.policy, meta)
    booking = await my_booking(work, booking_id)
    by, now = cancels_as(work), await work.now()
    outcome = booking.preview_cancellation(now=now, by=by)
    preview = Preview(booking.version, by, outcome, now + HONOURED_FOR)
    view = PreviewView(
        refund=money(outcome.refund_minor, booking.currency),
        clause=outcome.clause,
        valid_until=preview.honoured_until,
        clause_until=outcome.valid_until,
        preview_token=edge.tokens.preview(booking_id, preview),
    )
    return Response(view.model_dump_json(), 200, {"ETag": f'"{booking.version}"'}, "application/json")


@router.post(
    "/cancel", response_model=BookingView, responses=errors(401, 403, 404, 409, 412), summary="Cancel by the terms"
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
    return await desk.carry_out(
        CancelBooking(booking_id, asked.reason, agreed, if_version), HTTPStatus.OK, booking_view
    )
