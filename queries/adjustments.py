"""Adjustments: one, or a page of a vendor's or of a state."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queries.rows import Connection, many, one
from queries.scope import Page, behind

_COLUMNS = (
    "adjustment_id AS id, vendor_id, currency, amount_minor, reason, document, effective_at, status, proposed_by,"
    " decided_by, decided_at, created_at, version"
)


@dataclass(frozen=True, slots=True)
class AdjustmentRow:
    id: UUID
    vendor_id: UUID
    currency: str
    amount_minor: int
    reason: str
    document: str
    effective_at: datetime | None
    status: str
    proposed_by: UUID
    decided_by: UUID | None
    decided_at: datetime | None
    created_at: datetime
    version: int


async def adjustment(connection: Connection, adjustment_id: UUID) -> AdjustmentRow | None:
    return await one(
        connection,
        AdjustmentRow,
        f"SELECT {_COLUMNS} FROM read.adjustment WHERE adjustment_id = %(id)s",
        {"id": adjustment_id},
    )


async def adjustments(
    connection: Connection, page: Page, *, vendor_id: UUID | None, status: str | None
) -> list[AdjustmentRow]:
    """Newest first."""
    return await many(
        connection,
        AdjustmentRow,
        f"SELECT {_COLUMNS} FROM read.adjustment"
        " WHERE (%(vendor_id)s::uuid IS NULL OR vendor_id = %(vendor_id)s)"
        " AND (%(status)s::text IS NULL OR status = %(status)s)" + behind("adjustment_id"),
        {"vendor_id": vendor_id, "status": status, **page.parameters()},
        plan_anew=True,
    )
