"""How many places the cells of a listing have left, from the capacity guard itself, so never behind the log."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queries.rows import Connection, many

CELLS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class CellRow:
    starts_at: datetime
    ends_at: datetime
    capacity: int
    available: int


async def availability(
    connection: Connection, listing_id: UUID, starts_from: datetime, starts_before: datetime
) -> list[CellRow]:
    """Cells that start in `[starts_from, starts_before)`. A hold that has run out blocks nothing, swept or not."""
    return await many(
        connection,
        CellRow,
        """
        WITH now AS MATERIALIZED (SELECT ops.business_now() AS at),
        dead AS MATERIALIZED (
            SELECT starts_at, ends_at, quantity FROM capacity.claim, now
             WHERE listing_id = %(listing_id)s AND state = 'held' AND expires_at <= now.at
               AND starts_at < %(before)s AND ends_at > %(from)s
        )
        SELECT c.starts_at, c.ends_at, c.capacity,
               (c.capacity - c.sold - c.held + coalesce((
                   SELECT sum(d.quantity) FROM dead AS d
                    WHERE d.starts_at <= c.starts_at AND d.ends_at >= c.ends_at), 0))::integer AS available
          FROM capacity.cell AS c
         WHERE c.listing_id = %(listing_id)s AND c.starts_at >= %(from)s AND c.starts_at < %(before)s
         ORDER BY c.starts_at LIMIT %(limit)s
        """,
        {"listing_id": listing_id, "from": starts_from, "before": starts_before, "limit": CELLS_MAX},
    )
