"""A booking live: what happens to it, as server-sent events, from any position on."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.booking_events import happened
from api.caller import SignedIn
from api.edge import Edge, TheEdge
from api.event_stream import After, EventStream, LastEventId, begins_behind, of_events, streamed
from api.problems import errors
from api.reading import WAIT_MAX_S, Reading, reading, wait_until
from api.views.booking import BookingView, booking_view
from api.watcher import Watcher
from queries.scope import may_see

router = APIRouter(prefix="/bookings", tags=["bookings"])


class BookingNews(BaseModel):
    """One thing that happened: `status` is what it led to then, `booking` is how the booking is now."""

    position: int
    type: str
    status: str
    at: datetime
    booking: BookingView


@router.get(
    "/{booking_id}/stream",
    status_code=200,
    responses={**of_events("BookingNews"), **errors(401, 404, 429, 503)},
    response_class=EventStream,
    summary="A booking, live",
)
async def stream_booking(
    request: Request,
    edge: TheEdge,
    caller: SignedIn,
    read: Annotated[Reading, reading("bookings")],
    booking_id: UUID,
    after: After = None,
    last_event_id: LastEventId = None,
) -> EventStream:
    """Without a position it begins with what happened last; with one it goes on behind that, without a gap."""
    await read.find_by_id(edge.bookings, booking_id, lambda row: may_see(caller.actor, row))
    watcher = Watcher(caller.account_id, booking_id)
    await edge.watching.begin(watcher)
    position = begins_behind(after, last_event_id)

    async def news() -> AsyncIterator[str]:
        nonlocal position
        for one in await _news(edge, booking_id, position):
            position = one.position
            yield f"id: {position}\ndata: {one.model_dump_json()}\n\n"

    frames = streamed(edge, request, watcher, news, lambda: ": still here\n\n")
    return EventStream(frames, lambda: edge.watching.end(watcher))


async def _news(edge: Edge, booking_id: UUID, after: int | None) -> list[BookingNews]:
    """What happened after a position, or what happened last. None of it before the read model knows all of it."""
    stored = await edge.watching.news(booking_id)
    newest = stored[-1].position
    if after is not None and newest <= after:
        return []

    async def known() -> bool:
        return (await edge.bookings(booking_id)).position >= newest

    if not await wait_until(known, WAIT_MAX_S):
        return []
    row = (await edge.bookings(booking_id)).row
    assert row is not None
    now = booking_view(row)
    told = [
        BookingNews(position=one.position, type=one.type, status=one.status, at=one.event.timestamp, booking=now)
        for one in happened(stored)
    ]
    return told[-1:] if after is None else [news for news in told if news.position > after]
