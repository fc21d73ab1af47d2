"""One payout run and how far it has got."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from queries.rows import Connection, one


@dataclass(frozen=True, slots=True)
class PayoutRunRow:
    id: UUID
    cadence: str
    period_end: date
    cutoff: datetime
    status: str
    payouts: int
    carried: int
    started_at: datetime
    finished_at: datetime | None


async def payout_run(connection: Connection, run_id: UUID) -> PayoutRunRow | None:
    return await one(
        connection,
        PayoutRunRow,
        "SELECT run_id AS id, cadence, period_end, cutoff, status, payouts, carried, started_at, finished_at"
        " FROM read.payout_run WHERE run_id = %(id)s",
        {"id": run_id},
    )
