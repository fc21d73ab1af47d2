"""What happened to one booking, in words, and who did it in which role."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import SignedIn
from api.paging import Listed
from api.problems import errors
from api.reading import Reading, reading
from api.views.booking_texts import text_of
from infrastructure.event_codec import decode
from queries.booking_history import HistoryRow, booking_history
from queries.bookings import BookingRow, booking
from queries.rows import Connection

router = APIRouter(prefix="/bookings/{booking_id}", tags=["bookings"])

# How a price is split between vendor and platform is none of the traveller's business.
_SHOWN: Final = frozenset(
    {"starts_at", "ends_at", "quantity", "price_minor", "currency", "expires_at", "answer_by", "payment_id"}
    | {"late", "capacity_lost", "by", "reason", "why", "due_minor", "paid_minor"}
)


class Happened(BaseModel):
    version: int
    position: int
    at: datetime
    type: str
    by: str
    text: str = Field(description="What happened, in words; times are local ones of the listing.")
    facts: dict[str, Any]


@router.get(
    "/history", response_model=Listed[Happened], responses=errors(401, 404, 503), summary="What happened to a booking"
)
async def get_booking_history(
    caller: SignedIn, read: Annotated[Reading, reading("bookings")], booking_id: UUID
) -> Response:
    async def question(connection: Connection) -> tuple[BookingRow, list[HistoryRow]] | None:
        row = await booking(connection, booking_id, caller.actor)
        return (row, await booking_history(connection, booking_id)) if row else None

    row, history = await read.find(question)
    return read.answer(Listed(items=[_happened(row, one) for one in history]))


def _happened(booking: BookingRow, row: HistoryRow) -> Happened:
    state = msgspec.json.decode(row.state)
    facts = {name: value for name, value in state.items() if name in _SHOWN}
    outcome = state.get("outcome")
    if outcome:
        facts["refund_minor"], facts["clause"] = outcome["refund_minor"], outcome["clause"]
    event = decode(booking.id, row.version, row.topic, row.state)
    return Happened(
        version=row.version,
        position=row.position,
        at=state["timestamp"],
        type=row.topic,
        by=row.role,
        text=text_of(event, time_zone=booking.terms["time_zone"], currency=booking.currency),
        facts=facts,
    )
