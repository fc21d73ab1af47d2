"""Payout runs: one and how far it has got, the newest, and who was carried forward."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from queries.rows import Connection, each, many, one
from queries.scope import Page, behind

_COLUMNS = (
    "run_id AS id, cadence, period_end, cutoff, status, waiting, payouts, carried, started_at,"
    " started_at AS created_at, finished_at"
)


@dataclass(frozen=True, slots=True)
class PayoutRunRow:
    id: UUID
    cadence: str
    period_end: date
    cutoff: datetime
    status: str
    waiting: int
    payouts: int
    carried: int
    started_at: datetime
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True)
class StateRow:
    """How many payouts of a run are in a state, and how much money that is."""

    status: str
    currency: str
    payouts: int
    amount_minor: int


@dataclass(frozen=True, slots=True)
class CarriedRow:
    vendor_id: UUID
    currency: str
    period_end: date
    payable_minor: int
    minimum_minor: int
    reason: str
    carried_at: datetime


async def payout_run(connection: Connection, run_id: UUID) -> PayoutRunRow | None:
    return await one(
        connection, PayoutRunRow, f"SELECT {_COLUMNS} FROM read.payout_run WHERE run_id = %(id)s", {"id": run_id}
    )


async def payout_runs(connection: Connection, page: Page) -> list[PayoutRunRow]:
    """Newest first."""
    runs = f"(SELECT {_COLUMNS}, run_id FROM read.payout_run) AS run"
    columns = "id, cadence, period_end, cutoff, status, waiting, payouts, carried, started_at, created_at, finished_at"
    return await many(
        connection, PayoutRunRow, f"SELECT {columns} FROM {runs} WHERE true" + behind("run_id"), page.parameters()
    )


async def states_of_run(connection: Connection, run: PayoutRunRow) -> list[StateRow]:
    return await many(
        connection,
        StateRow,
        "SELECT status, currency, count(*) AS payouts, sum(amount_minor)::bigint AS amount_minor FROM read.payout"
        " WHERE period_end = %(period_end)s AND cadence = %(cadence)s GROUP BY 1, 2 ORDER BY 1, 2",
        {"period_end": run.period_end, "cadence": run.cadence},
    )


_CARRIED: Final = """
    SELECT vendor_id, currency, period_end, payable_minor, minimum_minor, reason, carried_at
      FROM read.payout_carried WHERE cadence = %(cadence)s AND period_end = %(period_end)s
       AND (vendor_id, currency) > (%(vendor_id)s, %(currency)s)
     ORDER BY vendor_id, currency LIMIT %(limit)s
"""


async def carried_of_period(
    connection: Connection, period_end: date, cadence: str, *, after: tuple[UUID, str], limit: int
) -> list[CarriedRow]:
    """In the order of (vendor, currency), behind `after`."""
    parameters = {"vendor_id": after[0], "currency": after[1], "limit": limit}
    return await many(connection, CarriedRow, _CARRIED, {"period_end": period_end, "cadence": cadence, **parameters})


async def all_carried(connection: Connection, period_end: date, cadence: str) -> AsyncIterator[CarriedRow]:
    """All of them, one at a time."""
    everybody = {"vendor_id": UUID(int=0), "currency": "", "limit": None}
    async for row in each(
        connection, CarriedRow, _CARRIED, {"period_end": period_end, "cadence": cadence, **everybody}
    ):
        yield row
