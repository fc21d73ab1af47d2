"""What happened to one booking, and who did it in which role."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.responses import Response

from api.caller import SignedIn
from api.paging import Listed
from api.problems import errors
from api.reading import Reading, reading
from queries.booking_history import HistoryRow, booking_history
from queries.bookings import booking
from queries.rows import Connection

router = APIRouter(prefix="/bookings/{booking_id}", tags=["bookings"])

# How a price is split between vendor and platform is none of the traveller's business.
_SHOWN: Final = frozenset(
    {"starts_at", "ends_at", "quantity", "price_minor", "currency", "expires_at", "payment_id", "late", "capacity_lost"}
    | {"by", "reason"}
)


class Happened(BaseModel):
    version: int
    position: int
    at: datetime
    type: str
    by: str
    facts: dict[str, Any]


@router.get(
    "/history", response_model=Listed[Happened], responses=errors(401, 404, 503), summary="What happened to a booking"
)
async def get_booking_history(
    caller: SignedIn, read: Annotated[Reading, reading("bookings")], booking_id: UUID
) -> Response:
    async def question(connection: Connection) -> list[HistoryRow] | None:
        if await booking(connection, booking_id, caller.actor) is None:
            return None
        return await booking_history(connection, booking_id)

    rows = await read.find(question)
    return read.answer(Listed(items=[_happened(row) for row in rows]))


def _happened(row: HistoryRow) -> Happened:
    state = msgspec.json.decode(row.state)
    facts = {name: value for name, value in state.items() if name in _SHOWN}
    outcome = state.get("outcome")
    if outcome:
        facts["refund_minor"], facts["clause"] = outcome["refund_minor"], outcome["clause"]
    return Happened(
        version=row.version, position=row.position, at=state["timestamp"], type=row.topic, by=row.role, facts=facts
    )
