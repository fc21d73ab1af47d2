"""Refunds: one by id, or a page of those of a payment; who may see the payment may see its refunds."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.actor import Actor
from queries.rows import Connection, many, one
from queries.scope import OWN, Page, behind, own

_COLUMNS = (
    "r.refund_id AS id, r.payment_id, r.booking_id, r.amount_minor, r.currency, r.reason, r.at_fault, r.failure_code,"
    " CASE WHEN r.unresolved_since IS NULL THEN r.status ELSE 'unresolved' END AS status, r.created_at"
)
# What is only proposed, or was decided against, is nobody's but the staff's.
_VISIBLE = (
    " FROM read.refund AS r WHERE (%(staff)s OR r.status NOT IN ('awaiting_approval', 'rejected'))"
    f" AND EXISTS (SELECT 1 FROM read.payment AS p WHERE p.payment_id = r.payment_id AND {OWN})"
)


@dataclass(frozen=True, slots=True)
class RefundRow:
    id: UUID
    payment_id: UUID
    booking_id: UUID
    amount_minor: int
    currency: str
    reason: str
    at_fault: str
    failure_code: str | None
    status: str
    created_at: datetime


async def refund(connection: Connection, refund_id: UUID, actor: Actor) -> RefundRow | None:
    return await one(
        connection,
        RefundRow,
        f"SELECT {_COLUMNS}{_VISIBLE} AND r.refund_id = %(id)s",
        {"id": refund_id, **own(actor)},
    )


async def refunds(
    connection: Connection, actor: Actor, page: Page, payment_id: UUID | None, status: str | None
) -> list[RefundRow]:
    """Newest first."""
    return await many(
        connection,
        RefundRow,
        f"SELECT * FROM (SELECT {_COLUMNS}{_VISIBLE}"
        " AND (%(payment_id)s::uuid IS NULL OR r.payment_id = %(payment_id)s)) AS shown"
        " WHERE (%(status)s::text IS NULL OR status = %(status)s)" + behind("id"),
        {"payment_id": payment_id, "status": status, **own(actor), **page.parameters()},
    )
