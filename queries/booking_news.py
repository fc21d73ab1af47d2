"""What happened to bookings, for those who watch them: of which of them there is news, whose they are, all of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from queries.positions import head
from queries.rows import Connection, many

# So many positions of the log are looked at together at most; who is further behind looks again.
NEWS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class StoredNews:
    position: int
    booking_id: UUID
    version: int
    topic: str
    state: bytes


@dataclass(frozen=True, slots=True)
class Change:
    """Something happened to this booking."""

    position: int
    booking_id: UUID


@dataclass(frozen=True, slots=True)
class _Owned:
    booking_id: UUID
    vendor_id: UUID


async def changed_since(connection: Connection, after: int) -> tuple[int, list[Change]]:
    """What happened to bookings after a position, in order, and up to where: `NEWS_MAX` further, or all there is."""
    upto = min(await head(connection), after + NEWS_MAX)
    if upto <= after:
        return after, []
    changes = await many(
        connection,
        Change,
        "SELECT notification_id AS position, originator_id AS booking_id"
        " FROM log.events_between(%(after)s, %(upto)s) WHERE topic LIKE 'booking.%%' ORDER BY notification_id",
        {"after": after, "upto": upto},
    )
    return upto, changes


async def vendors_of(connection: Connection, booking_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """Whose these are, as the first event of each says: the read model may not know the newest yet."""
    owned = await many(
        connection,
        _Owned,
        "SELECT originator_id AS booking_id, (convert_from(state, 'UTF8')::jsonb->>'vendor_id')::uuid AS vendor_id"
        " FROM log.events_of(%(ids)s::uuid[]) WHERE originator_version = 1",
        {"ids": list(booking_ids)},
    )
    return {row.booking_id: row.vendor_id for row in owned}


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
