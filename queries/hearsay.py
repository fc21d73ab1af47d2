"""What happened lately to listings and their cells, for those who keep answers about them."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from queries.rows import Connection, many

# Who is further behind begins anew at the head of the log: then nothing that was kept is believed.
BEHIND_MAX: Final = 10_000


@dataclass(frozen=True, slots=True)
class Happened:
    """`cells_of` is the listing whose cells an event may have changed, `listing_id` the one that it changed itself."""

    position: int
    listing_id: UUID | None
    cells_of: UUID | None


async def happened(connection: Connection, after: int) -> list[Happened]:
    """Every event behind `after`, oldest first, `BEHIND_MAX` at most."""
    return await many(
        connection,
        Happened,
        """
        SELECT e.notification_id AS position,
               CASE WHEN e.topic LIKE 'listing.%%' THEN e.originator_id END AS listing_id,
               CASE WHEN e.topic LIKE 'booking.%%' THEN c.listing_id
                    WHEN e.topic LIKE 'opening.%%' OR e.topic LIKE 'cell_change.%%'
                    THEN (convert_from(e.state, 'UTF8')::jsonb ->> 'listing_id')::uuid END AS cells_of
          FROM log.events AS e LEFT JOIN capacity.claim AS c ON c.booking_id = e.originator_id
         WHERE e.notification_id > %(after)s ORDER BY e.notification_id LIMIT %(most)s
        """,
        {"after": after, "most": BEHIND_MAX},
    )
