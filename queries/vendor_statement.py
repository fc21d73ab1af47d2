"""A vendor's statement: every amount earned, paid back and paid out, with the balance after it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queries.rows import Connection, many


@dataclass(frozen=True, slots=True)
class StatementRow:
    position: int
    at: datetime
    kind: str
    booking_id: UUID | None
    payout_id: UUID | None
    currency: str
    amount_minor: int
    balance_minor: int


async def vendor_statement(
    connection: Connection,
    vendor_id: UUID,
    *,
    since: datetime | None,
    before: datetime | None,
    after_position: int,
    limit: int,
) -> list[StatementRow]:
    """Oldest first, `since <= at < before`, behind `after_position`. Balances run over everything that came earlier."""
    return await many(
        connection,
        StatementRow,
        """
        SELECT * FROM (
            SELECT position, at, kind, booking_id, payout_id, currency, amount_minor,
                   (sum(amount_minor) OVER (PARTITION BY currency ORDER BY position))::bigint AS balance_minor
              FROM read.statement_line WHERE vendor_id = %(vendor_id)s
        ) AS line
         WHERE position > %(after)s
           AND (%(since)s::timestamptz IS NULL OR at >= %(since)s)
           AND (%(before)s::timestamptz IS NULL OR at < %(before)s)
         ORDER BY position LIMIT %(limit)s
        """,
        {"vendor_id": vendor_id, "since": since, "before": before, "after": after_position, "limit": limit},
    )
