"""The log itself, for auditors: events as stored, without the ciphertext of personal data."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.caller import SignedIn
from api.edge import TheEdge
from api.fields import Word
from api.paging import Limit
from api.problems import errors
from api.reading import POSITION_MAX
from queries.events import EventFilter, EventRow, events
from queries.positions import head

router = APIRouter(prefix="/audit", tags=["audit"])


class EventView(BaseModel):
    position: int
    stream: UUID
    version: int
    topic: str
    state: dict[str, Any]
    metadata: dict[str, Any]
    recorded_at: datetime


class Events(BaseModel):
    items: list[EventView]
    next_after: int | None = Field(description="Ask for what comes behind this position; null at the head of the log.")


@router.get("/events", response_model=Events, responses=errors(401, 403), summary="Events in the order of the log")
async def list_events(
    _: SignedIn,
    edge: TheEdge,
    after: Annotated[int, Query(ge=0, le=POSITION_MAX)] = 0,
    limit: Limit = 50,
    topic: Word | None = None,
    stream: UUID | None = None,
    actor: UUID | None = None,
) -> Response:
    which = EventFilter(topic, stream, actor)
    async with edge.house.reads.connection() as connection:
        newest = await head(connection)
        rows = await events(connection, which, after=after, limit=limit + 1)
    shown = rows[:limit]
    view = Events(items=[_event(row) for row in shown], next_after=shown[-1].position if len(rows) > limit else None)
    return Response(view.model_dump_json(), 200, {"Travellr-Position": str(newest)}, "application/json")


def _event(row: EventRow) -> EventView:
    state = msgspec.json.decode(row.state)
    return EventView(
        position=row.position,
        stream=row.stream,
        version=row.version,
        topic=row.topic,
        state={name: "(sealed)" if _is_sealed(name) else value for name, value in state.items()},
        metadata=row.metadata,
        recorded_at=row.recorded_at,
    )


def _is_sealed(name: str) -> bool:
    """Ciphertext of personal data is nobody's business; its fields are named so (domain/account_events.py)."""
    return name == "sealed" or name.endswith("_sealed")
