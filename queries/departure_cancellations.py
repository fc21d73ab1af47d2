"""Departures that the platform cancels: whom it would concern, and how far a run has got."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from queries.rows import Connection, many, one
from queries.scope import Page, behind

# Live bookings of a departure, or of at least one night, that begins in [from, before). No stay is over 366 days.
AFFECTED: Final = """
      FROM read.booking AS b
     WHERE b.listing_id = %(listing_id)s
       AND b.status IN ('held', 'awaiting_payment', 'awaiting_vendor', 'confirmed')
       AND b.starts_at < %(before)s AND b.starts_at >= %(from)s::timestamptz - interval '367 days'
       AND CASE b.kind WHEN 'departure' THEN b.starts_at >= %(from)s
           ELSE EXISTS (
               SELECT FROM capacity.cell AS c
                WHERE c.listing_id = b.listing_id AND c.starts_at >= greatest(%(from)s, b.starts_at)
                  AND c.starts_at < %(before)s AND c.ends_at <= b.ends_at) END
"""

_COLUMNS: Final = (
    "run_id AS id, listing_id, starts_from, starts_before, currency, reason, started_by, expected, done, refund_minor,"
    " remaining, status, created_at, finished_at"
)


@dataclass(frozen=True, slots=True)
class Affected:
    """`bookings` are paid, and all of the money would go back; `unpaid` are holds and requests."""

    cells: int
    bookings: int
    unpaid: int
    refund_minor: int


@dataclass(frozen=True, slots=True)
class RunRow:
    id: UUID
    listing_id: UUID
    starts_from: datetime
    starts_before: datetime
    currency: str
    reason: str
    started_by: UUID
    expected: int
    done: int
    refund_minor: int
    remaining: int
    status: str
    created_at: datetime
    finished_at: datetime | None


async def affected(
    connection: Connection, listing_id: UUID, starts_from: datetime, starts_before: datetime
) -> Affected:
    """What cancelling everything that begins in `[starts_from, starts_before)` would mean."""
    found = await one(
        connection,
        Affected,
        f"""
        SELECT (SELECT count(*) FROM capacity.cell
                 WHERE listing_id = %(listing_id)s AND starts_at >= %(from)s AND starts_at < %(before)s) AS cells,
               count(*) FILTER (WHERE b.status = 'confirmed') AS bookings,
               count(*) FILTER (WHERE b.status <> 'confirmed') AS unpaid,
               coalesce(sum(b.price_minor) FILTER (WHERE b.status = 'confirmed'), 0)::bigint AS refund_minor
        {AFFECTED}
        """,
        range_of(listing_id, starts_from, starts_before),
    )
    assert found is not None
    return found


def range_of(listing_id: UUID, starts_from: datetime, starts_before: datetime) -> dict[str, Any]:
    """Parameters for `AFFECTED`."""
    return {"listing_id": listing_id, "from": starts_from, "before": starts_before}


async def departure_cancellation(connection: Connection, run_id: UUID) -> RunRow | None:
    return await one(
        connection,
        RunRow,
        f"SELECT {_COLUMNS} FROM read.departure_cancellation WHERE run_id = %(id)s",
        {"id": run_id},
    )


async def departure_cancellations(connection: Connection, page: Page) -> list[RunRow]:
    """Newest first."""
    return await many(
        connection,
        RunRow,
        f"SELECT {_COLUMNS} FROM read.departure_cancellation WHERE true" + behind("run_id"),
        page.parameters(),
    )
