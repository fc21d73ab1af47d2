"""Payouts: one with its lines, or a page of a vendor's or of a period's."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from domain.actor import Actor
from queries.rows import Connection, many, one
from queries.scope import Page, behind

LINES_MAX = 10_000

_COLUMNS = (
    "payout_id AS id, vendor_id, currency, cadence, period_end, amount_minor, status, failure_code, version, created_at"
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
    failure_code: str | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PayoutLineRow:
    line_id: UUID
    booking_id: UUID
    kind: str
    currency: str
    amount_minor: int
    earned_at: datetime


async def payout(connection: Connection, payout_id: UUID, actor: Actor) -> PayoutRow | None:
    """A vendor sees its own, staff see all."""
    return await one(
        connection,
        PayoutRow,
        f"SELECT {_COLUMNS} FROM read.payout WHERE payout_id = %(id)s AND (%(staff)s OR vendor_id = %(me)s)",
        {"id": payout_id, "staff": actor.is_staff, "me": actor.account_id},
    )


async def payout_lines(connection: Connection, payout_id: UUID) -> list[PayoutLineRow]:
    return await many(
        connection,
        PayoutLineRow,
        "SELECT line_id, booking_id, kind, currency, amount_minor, earned_at FROM read.vendor_line"
        " WHERE payout_id = %(id)s ORDER BY earned_at, line_id LIMIT %(limit)s",
        {"id": payout_id, "limit": LINES_MAX},
    )


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
        f"SELECT {_COLUMNS} FROM read.payout WHERE (%(vendor_id)s::uuid IS NULL OR vendor_id = %(vendor_id)s)"
        " AND (%(period_end)s::date IS NULL OR period_end = %(period_end)s)"
        " AND (%(status)s::text IS NULL OR status = %(status)s)" + behind("payout_id"),
        {"vendor_id": vendor_id, "period_end": period_end, "status": status, **page.parameters()},
    )
