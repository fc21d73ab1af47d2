"""What happened to bookings, for those who watch them: of which of them there is news, and all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from queries.rows import Connection, many

# Who was away for longer looks at every booking that is watched, which is cheaper than so many events.
NEWS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class StoredNews:
    position: int
    booking_id: UUID
    version: int
    topic: str
    state: bytes


@dataclass(frozen=True, slots=True)
class _Changed:
    position: int
    stream_id: UUID


async def streams_changed(connection: Connection, after: int) -> tuple[int, set[UUID] | None]:
    """The position of the newest event after one, and which streams have events in between; None if too many to say."""
    rows = await many(
        connection,
        _Changed,
        "SELECT notification_id AS position, originator_id AS stream_id FROM log.events"
        " WHERE notification_id > %(after)s ORDER BY notification_id LIMIT %(most)s",
        {"after": after, "most": NEWS_MAX},
    )
    if not rows:
        return after, set()
    return rows[-1].position, {row.stream_id for row in rows} if len(rows) < NEWS_MAX else None


async def news_of(connection: Connection, booking_ids: Sequence[UUID]) -> dict[UUID, list[StoredNews]]:
    """Everything that happened to these, oldest first; the stream of a booking is short."""
    rows = await many(
        connection,
        StoredNews,
        "SELECT notification_id AS position, originator_id AS booking_id, originator_version AS version, topic, state"
        " FROM log.events_of(%(ids)s::uuid[]) WHERE topic LIKE 'booking.%%' ORDER BY originator_version",
        {"ids": list(booking_ids)},
    )
    found: dict[UUID, list[StoredNews]] = {booking_id: [] for booking_id in booking_ids}
    for row in rows:
        found[row.booking_id].append(row)
    return found
