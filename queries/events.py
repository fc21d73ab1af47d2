"""Events as the log holds them, for auditors."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from queries.rows import Connection, many


@dataclass(frozen=True, slots=True)
class EventRow:
    position: int
    stream: UUID
    version: int
    topic: str
    state: bytes
    metadata: dict[str, Any]
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class EventFilter:
    topic: str | None = None
    stream: UUID | None = None
    actor: UUID | None = None


async def events(connection: Connection, which: EventFilter, *, after: int, limit: int) -> list[EventRow]:
    """Behind position `after`, in the order of the log."""
    return await many(
        connection,
        EventRow,
        "SELECT notification_id AS position, originator_id AS stream, originator_version AS version, topic, state,"
        " metadata, recorded_at FROM log.events WHERE notification_id > %(after)s"
        " AND (%(topic)s::text IS NULL OR topic = %(topic)s)"
        " AND (%(stream)s::uuid IS NULL OR originator_id = %(stream)s)"
        " AND (%(actor)s::text IS NULL OR metadata->'by'->>'account_id' = %(actor)s)"
        " ORDER BY notification_id LIMIT %(limit)s",
        {
            "after": after,
            "topic": which.topic,
            "stream": which.stream,
            "actor": str(which.actor) if which.actor else None,
            "limit": limit,
        },
    )
