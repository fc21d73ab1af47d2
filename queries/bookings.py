"""Bookings: one by id, or a page of those that somebody may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from queries.rows import Connection, many, one
from queries.scope import OWN, Page, behind, own

_COLUMNS = (
    "booking_id AS id, listing_id, vendor_id, traveller_id, status, kind, starts_at, ends_at, cells, quantity,"
    " price_minor, currency, refunded_minor, terms, expires_at, answer_by, payment_id, pending_change,"
    " change_expires_at, version, created_at"
)


@dataclass(frozen=True, slots=True)
class BookingRow:
    id: UUID
    listing_id: UUID
    vendor_id: UUID
    traveller_id: UUID
    status: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    cells: int
    quantity: int
    price_minor: int
    currency: str
    refunded_minor: int
    terms: dict[str, Any]
    expires_at: datetime | None
    answer_by: datetime | None
    payment_id: UUID | None
    pending_change: dict[str, Any] | None
    change_expires_at: datetime | None
    version: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class BookingFilter:
    """Which bookings: `starts_from <= starts_at < starts_before`."""

    status: str | None = None
    listing_id: UUID | None = None
    starts_from: datetime | None = None
    starts_before: datetime | None = None


async def booking(connection: Connection, booking_id: UUID, actor: Actor) -> BookingRow | None:
    return await one(
        connection,
        BookingRow,
        f"SELECT {_COLUMNS} FROM read.booking WHERE booking_id = %(id)s AND {OWN}",
        {"id": booking_id, **own(actor)},
    )


async def bookings_by_id(connection: Connection, booking_ids: Sequence[UUID]) -> dict[UUID, BookingRow]:
    """Those of these that there are, whoever may see them."""
    query = f"SELECT {_COLUMNS} FROM read.booking WHERE booking_id = ANY(%(ids)b)"
    return {row.id: row for row in await many(connection, BookingRow, query, {"ids": list(booking_ids)})}


async def bookings(connection: Connection, actor: Actor, page: Page, which: BookingFilter) -> list[BookingRow]:
    """Newest first."""
    return await many(
        connection,
        BookingRow,
        f"SELECT {_COLUMNS} FROM read.booking WHERE {OWN}"
        " AND (%(status)s::text IS NULL OR status = %(status)s)"
        " AND (%(listing_id)s::uuid IS NULL OR listing_id = %(listing_id)s)"
        " AND (%(from)s::timestamptz IS NULL OR starts_at >= %(from)s)"
        " AND (%(before)s::timestamptz IS NULL OR starts_at < %(before)s)" + behind("booking_id"),
        {
            "status": which.status,
            "listing_id": which.listing_id,
            "from": which.starts_from,
            "before": which.starts_before,
            **own(actor),
            **page.parameters(),
        },
    )
