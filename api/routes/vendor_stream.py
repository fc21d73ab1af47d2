"""All bookings of a vendor live: each change of any of them, as server-sent events, from any position on."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import BaseModel

from api.booking_events import happened
from api.caller import SignedIn
from api.edge import Edge, TheEdge
from api.event_stream import After, EventStream, LastEventId, begins_behind, of_events, streamed
from api.problems import errors
from api.watcher import VendorWatcher
from queries.booking_news import Change

router = APIRouter(prefix="/vendors/me", tags=["vendors"])

# Of a departure with thousands of bookings that is called off, so many are replayed before anybody else has his turn.
AT_ONCE: Final = 100


class BookingChange(BaseModel):
    """One thing that happened to a booking: `version` and `status` are what it led to then.

    `GET /bookings/{booking_id}?min_position={position}` shows the booking with it.
    """

    position: int
    type: str
    at: datetime
    booking_id: UUID
    listing_id: UUID
    version: int
    status: str


@router.get(
    "/stream",
    status_code=200,
    responses={**of_events("BookingChange"), **errors(401, 403, 429, 503)},
    response_class=EventStream,
    summary="All my bookings, live",
)
async def stream_vendor_bookings(
    request: Request, edge: TheEdge, caller: SignedIn, after: After = None, last_event_id: LastEventId = None
) -> EventStream:
    """Without a position it begins now; with one, such as the `Travellr-Position` of `GET /bookings`, behind that.

    Events come in the order of the log, so that whoever comes again with the last id misses nothing. What has an id and
    no data, such as a heartbeat, only says that up to there everything has been said.
    """
    watcher = VendorWatcher(caller.account_id, begins_behind(after, last_event_id))
    await edge.watching.begin(watcher)
    frames = streamed(edge, request, watcher, lambda: _frames(edge, watcher), lambda: f"id: {watcher.level}\n\n")
    return EventStream(frames, lambda: edge.watching.end(watcher))


async def _frames(edge: Edge, watcher: VendorWatcher) -> AsyncIterator[str]:
    """Until nothing is left to be said, or to be looked through."""
    looks = watcher.missed
    upto, changes = await edge.watching.changes(watcher)
    for begin in range(0, len(changes), AT_ONCE):
        for told in await _told(edge, changes[begin : begin + AT_ONCE]):
            yield f"id: {told.position}\ndata: {told.model_dump_json()}\n\n"
    watcher.level = upto
    if looks:
        yield f"id: {upto}\n\n"
    if watcher.missed:
        watcher.woken.set()


async def _told(edge: Edge, changes: Sequence[Change]) -> list[BookingChange]:
    """These changes, in the order of the log."""
    positions = {change.position for change in changes}
    booking_ids = {change.booking_id for change in changes}
    stored = await asyncio.gather(*(edge.watching.news(booking_id) for booking_id in booking_ids))
    told = [
        BookingChange(
            position=one.position,
            type=one.type,
            at=one.event.timestamp,
            booking_id=one.booking.id,
            listing_id=one.booking.listing_id,
            version=one.event.originator_version,
            status=one.status,
        )
        for news in stored
        for one in happened(news)
        if one.position in positions
    ]
    return sorted(told, key=lambda change: change.position)
