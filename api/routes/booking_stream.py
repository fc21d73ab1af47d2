"""A booking live: what happens to it, as server-sent events, from any position on (HTML Living Standard, 9.2)."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Header, Query, Request
from pydantic import BaseModel
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.caller import SignedIn, is_still_signed_in
from api.edge import Edge, TheEdge
from api.problems import errors
from api.reading import POSITION_MAX, WAIT_MAX_S, Reading, reading, wait_until
from api.views.booking import BookingView, booking_view
from api.watching import Watcher
from domain.booking import Booking
from domain.root import Event, Root
from domain.webhook_types import TYPE_OF
from infrastructure.event_codec import decode
from queries.booking_news import StoredNews
from queries.scope import may_see

router = APIRouter(prefix="/bookings", tags=["bookings"])

HEARTBEAT_S: Final = 15.0
# So long at most a stream outlives its token or its session.
CHECK_S: Final = 2.0
_HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

After = Annotated[int | None, Query(ge=0, le=POSITION_MAX, description="Everything that happened since.")]
LastEventId = Annotated[
    str | None,
    Header(
        alias="Last-Event-ID", pattern=r"^[0-9]{1,18}$", description="As a reconnecting client sends it; it counts."
    ),
]


class BookingNews(BaseModel):
    """One thing that happened: `status` is what it led to then, `booking` is how the booking is now."""

    position: int
    type: str
    status: str
    at: datetime
    booking: BookingView


class EventStream(StreamingResponse):
    """Says when it has ended, however it did, even if it never began."""

    media_type = "text/event-stream"

    def __init__(self, frames: AsyncIterator[str], ended: Callable[[], None]) -> None:
        super().__init__(frames, headers=_HEADERS)
        self._ended = ended

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._ended()


# What one event is, as its fields are read.
EVENT: Final = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}


@router.get(
    "/{booking_id}/stream",
    status_code=200,
    responses={
        200: {"content": {"text/event-stream": {"schema": EVENT}}, "description": "BookingNews, as JSON."},
        **errors(401, 404, 429, 503),
    },
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
    watcher = await edge.watching.begin(caller.account_id, booking_id)
    position = after if last_event_id is None else int(last_event_id)
    token = request.headers["authorization"].partition(" ")[2]
    return EventStream(_frames(edge, watcher, token, position), lambda: edge.watching.end(watcher))


async def _frames(edge: Edge, watcher: Watcher, token: str, position: int | None) -> AsyncIterator[str]:
    yield "retry: 1000\n\n"
    said_at = time.monotonic()
    while True:
        watcher.woken.clear()
        for news in await _news(edge, watcher.booking_id, position):
            position, said_at = news.position, time.monotonic()
            yield f"id: {news.position}\ndata: {news.model_dump_json()}\n\n"
        if edge.watching.over or not await is_still_signed_in(edge, token):
            return
        if time.monotonic() - said_at >= HEARTBEAT_S:
            said_at = time.monotonic()
            yield ": still here\n\n"
        await _woken(watcher)


async def _woken(watcher: Watcher) -> None:
    """Something may have happened, or it is time to look who this is."""
    try:
        async with asyncio.timeout(CHECK_S):
            await watcher.woken.wait()
    except TimeoutError:
        pass


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
    told = [
        BookingNews(position=position, type=_name(event), status=status, at=event.timestamp, booking=booking_view(row))
        for position, event, status in _replayed(stored)
    ]
    return told[-1:] if after is None else [news for news in told if news.position > after]


def _replayed(stored: list[StoredNews]) -> list[tuple[int, Event, str]]:
    """Each event with its position and the status that it led to."""
    found: list[tuple[int, Event, str]] = []
    booking: Booking | None = None
    for row in stored:
        event = decode(row.booking_id, row.version, row.topic, row.state)
        booking = _after(booking, event)
        found.append((row.position, event, booking.status))
    return found


def _after(booking: Root | None, event: Event) -> Booking:
    booking = event.mutate(booking)
    assert isinstance(booking, Booking)
    return booking


def _name(event: Event) -> str:
    """The name that never changes; of what no webhook tells, the topic."""
    return TYPE_OF.get(type(event), event.TOPIC)
