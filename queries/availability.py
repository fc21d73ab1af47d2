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
    closed: bool


async def availability(
    connection: Connection, listing_id: UUID, starts_from: datetime, starts_before: datetime
) -> list[CellRow]:
    """Cells that start in `[starts_from, starts_before)`. A hold that has run out blocks nothing, swept or not."""
    return await many(
        connection,
        CellRow,
        """
        WITH now AS MATERIALIZED (SELECT ops.business_now() AS at),
        expired AS MATERIALIZED (
            SELECT cell.starts_at, sum(quantity) AS quantity FROM capacity.claim, now,
                   LATERAL capacity.cells_of(listing_id, claim.starts_at, ends_at) AS cell(starts_at)
             WHERE listing_id = %(listing_id)s AND state = 'held' AND expires_at <= now.at
               AND claim.starts_at < %(before)s AND ends_at > %(from)s
             GROUP BY 1
        )
        SELECT starts_at, ends_at, capacity, closed,
               CASE WHEN closed THEN 0
                    ELSE greatest(0, capacity - sold - held + coalesce(quantity, 0))::integer END AS available
          FROM capacity.cell LEFT JOIN expired USING (starts_at)
         WHERE listing_id = %(listing_id)s AND starts_at >= %(from)s AND starts_at < %(before)s
         ORDER BY starts_at LIMIT %(limit)s
        """,
        {"listing_id": listing_id, "from": starts_from, "before": starts_before, "limit": CELLS_MAX},
    )
