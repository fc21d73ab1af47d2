"""Answers that go on: server-sent events (HTML Living Standard, 9.2), for as long as their reader may read them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Final

from fastapi import Header, Query, Request
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.caller import is_still_signed_in
from api.edge import Edge
from api.reading import POSITION_MAX
from api.watcher import Watcher

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
# What one event is, as its fields are read.
_EVENT: Final = {
    "type": "object",
    "properties": {
        "id": {"type": "string"},
        "event": {"type": "string"},
        "data": {"type": "string", "contentMediaType": "application/json"},
    },
}


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


def of_events(what: str) -> dict[int | str, dict[str, Any]]:
    """For the description of an operation: a stream of these, as JSON."""
    return {200: {"content": {"text/event-stream": {"schema": _EVENT}}, "description": f"{what}, as JSON."}}


def begins_behind(after: int | None, last_event_id: str | None) -> int | None:
    """The position that the client has got to."""
    return after if last_event_id is None else int(last_event_id)


async def streamed(
    edge: Edge,
    request: Request,
    watcher: Watcher,
    news: Callable[[], AsyncIterator[str]],
    heartbeat: Callable[[], str],
) -> AsyncIterator[str]:
    """What is new, whenever the watcher is woken, and heartbeats between; until the process or the session ends."""
    token = request.headers["authorization"].partition(" ")[2]
    yield "retry: 1000\n\n"
    said_at = time.monotonic()
    while True:
        watcher.woken.clear()
        async for frame in news():
            said_at = time.monotonic()
            yield frame
        if edge.watching.over or not await is_still_signed_in(edge, token):
            return
        if time.monotonic() - said_at >= HEARTBEAT_S:
            said_at = time.monotonic()
            yield heartbeat()
        await _woken(watcher)


async def _woken(watcher: Watcher) -> None:
    """Something may have happened, or it is time to look who this is."""
    try:
        async with asyncio.timeout(CHECK_S):
            await watcher.woken.wait()
    except TimeoutError:
        pass
