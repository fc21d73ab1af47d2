"""What happened to a booking, event by event, from the log itself."""

from dataclasses import dataclass
from uuid import UUID

from queries.rows import Connection, many


@dataclass(frozen=True, slots=True)
class HistoryRow:
    position: int
    version: int
    topic: str
    state: bytes
    role: str
    command: str


async def booking_history(connection: Connection, booking_id: UUID) -> list[HistoryRow]:
    """Oldest first; the stream of a booking is short."""
    return await many(
        connection,
        HistoryRow,
        "SELECT notification_id AS position, originator_version AS version, topic, state,"
        " metadata->'by'->>'role' AS role, metadata->>'command' AS command"
        " FROM log.events_of(ARRAY[%(id)s::uuid]) WHERE topic LIKE 'booking.%%' ORDER BY originator_version",
        {"id": booking_id},
    )
