"""Payouts: one, its lines page by page, or a page of a vendor's or of a period's."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from psycopg.rows import class_row

from domain.actor import Actor
from queries.rows import Connection, each, many, one
from queries.scope import Page, behind

LINES_MAX = 10_000

COLUMNS = (
    "payout_id AS id, vendor_id, currency, cadence, period_end, amount_minor, status, on_hold, returned, method,"
    " destination, transfer_id, stripe_payout_id, reversal_id, failure_code, file_id, paid_at, version, created_at"
)
WHICH = (
    " WHERE (%(vendor_id)s::uuid IS NULL OR vendor_id = %(vendor_id)s)"
    " AND (%(period_end)s::date IS NULL OR period_end = %(period_end)s)"
    " AND (%(status)s::text IS NULL OR status = %(status)s)"
)


@dataclass(frozen=True, slots=True)
class PayoutRow:
    id: UUID
    vendor_id: UUID
    currency: str
    cadence: str
    period_end: date
    amount_minor: int
    status: str
    on_hold: bool
    returned: bool
    method: str
    destination: str
    transfer_id: str | None
    stripe_payout_id: str | None
    reversal_id: str | None
    failure_code: str | None
    file_id: UUID | None
    paid_at: datetime | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutLineRow:
    line_id: UUID
    booking_id: UUID | None
    kind: str
    currency: str
    amount_minor: int
    earned_at: datetime


async def payout(connection: Connection, payout_id: UUID, actor: Actor) -> PayoutRow | None:
    """A vendor sees its own, staff see all."""
    return await one(
        connection,
        PayoutRow,
        f"SELECT {COLUMNS} FROM read.payout WHERE payout_id = %(id)s AND (%(staff)s OR vendor_id = %(me)s)",
        {"id": payout_id, "staff": actor.is_staff, "me": actor.account_id},
    )


_LINES: Final = """
    SELECT line_id, booking_id, kind, currency, amount_minor, earned_at FROM read.payout_line
     WHERE payout_id = %(id)s ORDER BY earned_at, line_id LIMIT %(limit)s
"""


async def payout_lines(connection: Connection, payout_id: UUID) -> list[PayoutLineRow]:
    return await many(connection, PayoutLineRow, _LINES, {"id": payout_id, "limit": LINES_MAX})


async def all_lines(connection: Connection, payout_id: UUID) -> AsyncIterator[PayoutLineRow]:
    """One at a time, however many there are."""
    async for row in each(connection, PayoutLineRow, _LINES, {"id": payout_id, "limit": None}):
        yield row


async def count_lines(connection: Connection, payout_id: UUID) -> int:
    cursor = await connection.execute("SELECT count(*) FROM read.payout_line WHERE payout_id = %s", (payout_id,))
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def all_payouts(
    connection: Connection, *, period_end: date | None, status: str | None, vendor_id: UUID | None
) -> AsyncIterator[PayoutRow]:
    """Oldest first, one at a time, however many there are."""
    async with connection.transaction(), connection.cursor(name="payouts", row_factory=class_row(PayoutRow)) as cursor:
        cursor.itersize = 2_000
        await cursor.execute(
            f"SELECT {COLUMNS} FROM read.payout{WHICH} ORDER BY created_at, payout_id".encode(),
            {"vendor_id": vendor_id, "period_end": period_end, "status": status},
        )
        async for row in cursor:
            yield row


async def payouts(
    connection: Connection,
    page: Page,
    *,
    vendor_id: UUID | None = None,
    period_end: date | None = None,
    status: str | None = None,
) -> list[PayoutRow]:
    """Newest first."""
    return await many(
        connection,
        PayoutRow,
        f"SELECT {COLUMNS} FROM read.payout" + WHICH + behind("payout_id"),
        {"vendor_id": vendor_id, "period_end": period_end, "status": status, **page.parameters()},
        plan_anew=True,
    )
