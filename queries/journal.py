"""The journal: entries in the order in which they were made."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queries.rows import Connection, many


@dataclass(frozen=True, slots=True)
class JournalRow:
    position: int
    line: int
    at: datetime
    topic: str
    currency: str
    account: str
    owner_id: UUID | None
    debit_minor: int
    credit_minor: int
    booking_id: UUID | None
    vendor_id: UUID | None
    provider_ref: str | None


@dataclass(frozen=True, slots=True)
class JournalFilter:
    booking_id: UUID | None = None
    account: str | None = None


async def journal(
    connection: Connection, which: JournalFilter, *, after: tuple[int, int], limit: int
) -> list[JournalRow]:
    """Behind the entry `after` (position, line), oldest first."""
    return await many(
        connection,
        JournalRow,
        "SELECT position, line, at, topic, currency, account, owner_id, debit_minor, credit_minor, booking_id,"
        " vendor_id, provider_ref FROM read.journal"
        " WHERE (position, line) > (%(position)s, %(line)s)"
        " AND (%(booking_id)s::uuid IS NULL OR booking_id = %(booking_id)s)"
        " AND (%(account)s::text IS NULL OR account = %(account)s)"
        " ORDER BY position, line LIMIT %(limit)s",
        {
            "position": after[0],
            "line": after[1],
            "booking_id": which.booking_id,
            "account": which.account,
            "limit": limit,
        },
    )
