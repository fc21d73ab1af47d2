"""What stands, or stood, on suspense: one balance transaction, or a page of those of a state."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queries.rows import Connection, many, one
from queries.scope import Page, behind

_COLUMNS = (
    "entry_id AS id, balance_transaction_id, amount_minor, currency, kind, source, status, account, booking_id, reason,"
    " document, proposed_by, decided_by, decided_at, created_at, version"
)


@dataclass(frozen=True, slots=True)
class StrayEntryRow:
    """`amount_minor` is what Stripe's balance moved by, net. What it is said to be is None until somebody says so."""

    id: UUID
    balance_transaction_id: str
    amount_minor: int
    currency: str
    kind: str
    source: str | None
    status: str
    account: str | None
    booking_id: UUID | None
    reason: str | None
    document: str | None
    proposed_by: UUID | None
    decided_by: UUID | None
    decided_at: datetime | None
    created_at: datetime
    version: int


async def stray_entry(connection: Connection, entry_id: UUID) -> StrayEntryRow | None:
    return await one(
        connection,
        StrayEntryRow,
        f"SELECT {_COLUMNS} FROM read.stray_entry WHERE entry_id = %(id)s",
        {"id": entry_id},
    )


async def stray_entries(connection: Connection, page: Page, *, status: str | None) -> list[StrayEntryRow]:
    """Newest first."""
    return await many(
        connection,
        StrayEntryRow,
        f"SELECT {_COLUMNS} FROM read.stray_entry WHERE (%(status)s::text IS NULL OR status = %(status)s)"
        + behind("entry_id"),
        {"status": status, **page.parameters()},
    )
