"""Payments: one by id, or a page of those that somebody may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from queries.rows import Connection, many, one
from queries.scope import OWN, Page, behind, own

# A payment with a request that got no answer is unresolved, whatever it was before (domain.md, "Payment").
_STATUS = "CASE WHEN unresolved_step IS NULL THEN status ELSE 'unresolved' END"
_COLUMNS = (
    f"payment_id AS id, booking_id, traveller_id, {_STATUS} AS status, amount_minor, currency, refunded_minor,"
    " capture_before, failure_code, decline_code, version, created_at"
)


@dataclass(frozen=True, slots=True)
class PaymentRow:
    id: UUID
    booking_id: UUID
    traveller_id: UUID
    status: str
    amount_minor: int
    currency: str
    refunded_minor: int
    capture_before: datetime | None
    failure_code: str | None
    decline_code: str | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentAction:
    """What a traveller needs to finish 3-D Secure; a secret, shown to the owner only."""

    payment_id: UUID
    client_secret: str
    next_action: dict[str, Any] | None


async def payment(connection: Connection, payment_id: UUID, actor: Actor) -> PaymentRow | None:
    return await one(
        connection,
        PaymentRow,
        f"SELECT {_COLUMNS} FROM read.payment WHERE payment_id = %(id)s AND {OWN}",
        {"id": payment_id, **own(actor)},
    )


async def payments(connection: Connection, actor: Actor, page: Page, booking_id: UUID | None) -> list[PaymentRow]:
    """Newest first."""
    return await many(
        connection,
        PaymentRow,
        f"SELECT {_COLUMNS} FROM read.payment WHERE {OWN}"
        " AND (%(booking_id)s::uuid IS NULL OR booking_id = %(booking_id)s)" + behind("payment_id"),
        {"booking_id": booking_id, **own(actor), **page.parameters()},
    )


async def payment_actions(connection: Connection, payment_ids: list[UUID]) -> dict[UUID, PaymentAction]:
    found = await many(
        connection,
        PaymentAction,
        "SELECT payment_id, client_secret, next_action FROM board.payment_action WHERE payment_id = ANY(%(ids)s)",
        {"ids": payment_ids},
    )
    return {action.payment_id: action for action in found}
