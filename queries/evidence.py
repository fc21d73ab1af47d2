"""What the log knows of a disputed booking: every event of the booking, of its payments and of their refunds."""

from dataclasses import dataclass
from uuid import UUID

from queries.rows import Connection, many, one

EVENTS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """An event as it is stored, and in which role it was caused."""

    position: int
    topic: str
    state: bytes
    role: str


@dataclass(frozen=True, slots=True)
class DisputedTrip:
    """The booking and the listing that a dispute is about, and whose booking it is."""

    booking_id: UUID
    traveller_id: UUID
    title: str
    description: str
    time_zone: str


async def evidence(connection: Connection, dispute_id: UUID) -> list[EvidenceRow]:
    """Oldest first."""
    return await many(
        connection,
        EvidenceRow,
        "WITH about AS (SELECT booking_id FROM read.dispute WHERE dispute_id = %(id)s)"
        " SELECT notification_id AS position, topic, state, metadata->'by'->>'role' AS role"
        " FROM log.events_of(ARRAY(SELECT booking_id FROM about UNION SELECT payment_id FROM read.payment"
        "                           WHERE booking_id = (SELECT booking_id FROM about)))"
        " ORDER BY notification_id LIMIT %(most)s",
        {"id": dispute_id, "most": EVENTS_MAX},
    )


async def disputed_trip(connection: Connection, dispute_id: UUID) -> DisputedTrip | None:
    return await one(
        connection,
        DisputedTrip,
        "SELECT b.booking_id, b.traveller_id, l.title, l.description, l.time_zone FROM read.dispute AS d"
        " JOIN read.booking AS b USING (booking_id) JOIN read.listing AS l ON l.listing_id = b.listing_id"
        " WHERE d.dispute_id = %(id)s",
        {"id": dispute_id},
    )
