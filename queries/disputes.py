"""Disputes: one by id, or a page of those that somebody may see."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from queries.rows import Connection, many, one
from queries.scope import Page, behind

_COLUMNS = (
    "dispute_id AS id, stripe_dispute_id, payment_id, booking_id, vendor_id, status, amount_minor, currency, reason,"
    " withdrawn_minor, fee_minor, reserved_minor, evidence_sent, respond_by, ended_at, version, created_at"
)
_MINE = "(%(staff)s OR vendor_id = %(me)s)"


@dataclass(frozen=True, slots=True)
class DisputeRow:
    id: UUID
    stripe_dispute_id: str
    payment_id: UUID
    booking_id: UUID
    vendor_id: UUID
    status: str
    amount_minor: int
    currency: str
    reason: str
    withdrawn_minor: int
    fee_minor: int
    reserved_minor: int
    evidence_sent: int
    respond_by: datetime | None
    ended_at: datetime | None
    version: int
    created_at: datetime


async def dispute(connection: Connection, dispute_id: UUID, actor: Actor) -> DisputeRow | None:
    """A vendor sees those of its own listings, staff see all."""
    return await one(
        connection,
        DisputeRow,
        f"SELECT {_COLUMNS} FROM read.dispute WHERE dispute_id = %(id)s AND {_MINE}",
        {"id": dispute_id, "staff": actor.is_staff, "me": actor.account_id},
    )


async def disputes(
    connection: Connection, actor: Actor, page: Page, *, status: str | None = None, booking_id: UUID | None = None
) -> list[DisputeRow]:
    """Newest first."""
    return await many(
        connection,
        DisputeRow,
        f"SELECT {_COLUMNS} FROM read.dispute WHERE {_MINE} AND (%(status)s::text IS NULL OR status = %(status)s)"
        " AND (%(booking_id)s::uuid IS NULL OR booking_id = %(booking_id)s)" + behind("dispute_id"),
        {
            "status": status,
            "booking_id": booking_id,
            "staff": actor.is_staff,
            "me": actor.account_id,
            **page.parameters(),
        },
    )
