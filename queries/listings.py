"""Listings: one by id, or a page of those that somebody may see."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from domain.actor import Actor
from queries.rows import Connection, many, one
from queries.scope import Page, behind

_COLUMNS = (
    "listing_id AS id, vendor_id, title, description, kind, time_zone, price_minor, currency, terms, status,"
    " version, created_at"
)
_OWNER = "(%(staff)s OR vendor_id = %(me)s)"


@dataclass(frozen=True, slots=True)
class ListingRow:
    id: UUID
    vendor_id: UUID
    title: str
    description: str
    kind: str
    time_zone: str
    price_minor: int
    currency: str
    terms: dict[str, Any]
    status: str
    version: int
    created_at: datetime


async def listing(connection: Connection, listing_id: UUID, actor: Actor) -> ListingRow | None:
    """A draft is there for its vendor and for staff only."""
    return await one(
        connection,
        ListingRow,
        f"SELECT {_COLUMNS} FROM read.listing WHERE listing_id = %(id)s AND (status <> 'draft' OR {_OWNER})",
        {"id": listing_id, **_seen_by(actor)},
    )


async def listings(
    connection: Connection, actor: Actor, page: Page, *, vendor_id: UUID | None = None, status: str | None = None
) -> list[ListingRow]:
    """Newest first: what is on offer, and for its vendor and for staff everything else too."""
    return await many(
        connection,
        ListingRow,
        f"SELECT {_COLUMNS} FROM read.listing WHERE (status = 'published' OR {_OWNER})"
        " AND (%(vendor_id)s::uuid IS NULL OR vendor_id = %(vendor_id)s)"
        " AND (%(status)s::text IS NULL OR status = %(status)s)" + behind("listing_id"),
        {"vendor_id": vendor_id, "status": status, **_seen_by(actor), **page.parameters()},
    )


def _seen_by(actor: Actor) -> dict[str, Any]:
    return {"staff": actor.is_staff, "me": actor.account_id}
