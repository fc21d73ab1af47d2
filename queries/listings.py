"""Listings: one by id, or a page of those that somebody may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from domain.actor import Actor
from queries.rows import Connection, one

COLUMNS: Final = (
    "listing_id AS id, vendor_id, title, description, place, kind, time_zone, check_in, check_out, price_minor,"
    " currency, terms, booking_mode, answer_within, status, version, created_at"
)
# Who sees what everybody sees.
ANYBODY: Final = Actor(None, "traveller")
OWNER: Final = "(%(staff)s OR vendor_id = %(me)s)"


@dataclass(frozen=True, slots=True)
class ListingRow:
    id: UUID
    vendor_id: UUID
    title: str
    description: str
    place: str
    kind: str
    time_zone: str
    check_in: str
    check_out: str
    price_minor: int
    currency: str
    terms: dict[str, Any]
    booking_mode: str
    answer_within: str
    status: str
    version: int
    created_at: datetime


async def listing(connection: Connection, listing_id: UUID, actor: Actor) -> ListingRow | None:
    """A draft is there for its vendor and for staff only."""
    return await one(
        connection,
        ListingRow,
        f"SELECT {COLUMNS} FROM read.listing WHERE listing_id = %(id)s AND (status <> 'draft' OR {OWNER})",
        {"id": listing_id, **seen_by(actor)},
    )


def seen_by(actor: Actor) -> dict[str, Any]:
    """Parameters for `OWNER`."""
    return {"staff": actor.is_staff, "me": actor.account_id}
