"""Payment files: one, the newest, which payouts wait for one, and which file a period's payouts stand in."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from queries.payouts import WHICH
from queries.rows import Connection, many, one
from queries.scope import Page, behind

_FILES: Final = """
    SELECT file_id AS id, currency, payouts, total_minor, execution_date, created_at, version,
           (SELECT count(*) FROM read.payout AS p WHERE p.file_id = f.file_id AND p.status = 'bank_submitted')
               AS under_way,
           (SELECT count(*) FROM read.payout AS p WHERE p.file_id = f.file_id AND p.returned) AS returned
      FROM read.payment_file AS f WHERE true
"""


@dataclass(frozen=True, slots=True)
class PaymentFileRow:
    """`under_way` of its payouts are neither paid nor returned yet."""

    id: UUID
    currency: str
    payouts: int
    total_minor: int
    execution_date: date
    created_at: datetime
    version: int
    under_way: int
    returned: int


@dataclass(frozen=True, slots=True)
class _Id:
    id: UUID


async def payment_file(connection: Connection, file_id: UUID) -> PaymentFileRow | None:
    return await one(connection, PaymentFileRow, _FILES + " AND file_id = %(id)s", {"id": file_id})


async def payment_files(connection: Connection, page: Page) -> list[PaymentFileRow]:
    """Newest first."""
    return await many(connection, PaymentFileRow, _FILES + behind("file_id"), page.parameters())


async def waiting_for_file(connection: Connection, *, currency: str, up_to: date | None, limit: int) -> list[UUID]:
    """Payouts that no payment file has yet, of periods that ended on `up_to` or before; the oldest first."""
    found = await many(
        connection,
        _Id,
        "SELECT payout_id AS id FROM read.payout"
        " WHERE method = 'bank_transfer' AND status = 'drafted' AND NOT on_hold AND currency = %(currency)s"
        " AND (%(up_to)s::date IS NULL OR period_end <= %(up_to)s) ORDER BY created_at, payout_id LIMIT %(limit)s",
        {"currency": currency, "up_to": up_to, "limit": limit},
    )
    return [row.id for row in found]


async def files_of_payouts(
    connection: Connection, *, period_end: date | None, status: str | None, vendor_id: UUID | None, limit: int
) -> list[UUID]:
    """The files that these payouts stand in."""
    found = await many(
        connection,
        _Id,
        f"SELECT DISTINCT file_id AS id FROM read.payout{WHICH} AND file_id IS NOT NULL ORDER BY 1 LIMIT %(limit)s",
        {"vendor_id": vendor_id, "period_end": period_end, "status": status, "limit": limit},
    )
    return [row.id for row in found]
