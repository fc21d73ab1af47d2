"""What a payout run would do, before it does it: who would get what, and who would be carried forward and why."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from uuid import UUID

from domain.clawback import debt_left_minor
from domain.payable import minimum_payout_minor, why_not_paid
from queries.rows import Connection, each, many


@dataclass(frozen=True, slots=True)
class WaitingRow:
    vendor_id: UUID
    currency: str
    lines: int
    available_minor: int
    earned_minor: int
    clawback_bp: int
    on_hold: bool
    ready: bool
    last_is_unresolved: bool

    @property
    def debt_left_minor(self) -> int:
        """What is owed and left for later payouts, because one is cut by no more than the vendor's share of it."""
        owed_minor = max(0, self.earned_minor - self.available_minor)
        return debt_left_minor(self.earned_minor, owed_minor, self.clawback_bp)

    @property
    def payable_minor(self) -> int:
        return self.available_minor + self.debt_left_minor

    @property
    def owed_minor(self) -> int:
        """What is taken off for what the vendor owes: 0 or below."""
        return min(0, self.payable_minor - self.earned_minor)

    @property
    def why_not(self) -> str | None:
        return why_not_paid(
            currency=self.currency,
            payable_minor=self.payable_minor,
            on_hold=self.on_hold,
            ready=self.ready,
            last_is_unresolved=self.last_is_unresolved,
        )

    @property
    def outcome(self) -> Literal["paid", "carried"]:
        return "paid" if self.why_not is None else "carried"

    @property
    def minimum_minor(self) -> int:
        return minimum_payout_minor(self.currency)


# From vendor to vendor, so that a page costs what is on it: grouped as a whole, the lines of all vendors behind it
# would be added up whenever the planner takes them for few.
_WAITING: Final = """
    SELECT v.vendor_id, money.currency, money.lines, money.available_minor, money.earned_minor,
           v.clawback_bp, v.payouts_on_hold AS on_hold,
           v.ready OR v.payout_method = 'bank_transfer' AND money.currency = 'EUR' AS ready,
           EXISTS (SELECT FROM read.payout AS p WHERE p.vendor_id = v.vendor_id
                       AND p.currency = money.currency AND p.status = 'unresolved') AS last_is_unresolved
      FROM read.vendor AS v
     CROSS JOIN LATERAL (
            SELECT l.currency, count(*) AS lines, sum(l.amount_minor)::bigint AS available_minor,
                   coalesce(sum(l.amount_minor) FILTER (
                       WHERE l.amount_minor > 0 AND l.kind NOT IN ('debt_left', 'debt_carried')), 0)::bigint
                       AS earned_minor
              FROM read.vendor_line AS l
             WHERE l.vendor_id = v.vendor_id AND l.state <> 'paid_out'
               AND (l.available_from < %(cutoff)s AND l.available_from <= %(at)s
                    OR l.amount_minor < 0 AND l.state = 'available')
               AND (v.vendor_id > %(after_vendor)s OR l.currency > %(after_currency)s)
             GROUP BY l.currency) AS money
     WHERE v.vendor_id >= %(after_vendor)s
       AND (%(vendor_id)s::uuid IS NULL OR v.vendor_id = %(vendor_id)s)
       AND (%(cadence)s::text IS NULL OR v.cadence = %(cadence)s)
       AND NOT EXISTS (SELECT FROM read.payout AS p WHERE p.vendor_id = v.vendor_id
                           AND p.currency = money.currency AND p.period_end = %(period_end)s)
     ORDER BY v.vendor_id, money.currency LIMIT %(limit)s
"""


async def payout_preview(
    connection: Connection,
    cadence: str | None,
    period_end: date,
    *,
    cutoff: datetime,
    at: datetime,
    vendor_id: UUID | None = None,
    after: tuple[UUID, str] = (UUID(int=0), ""),
    limit: int,
) -> list[WaitingRow]:
    """Vendors with money that counts for this period if the run is at `at`, in the order of (vendor, currency).

    What has been paid for this period already is not in it. What a vendor owes counts from the moment it is known.
    """
    parameters = _parameters(cadence, period_end, cutoff, at) | {
        "vendor_id": vendor_id,
        "after_vendor": after[0],
        "after_currency": after[1],
        "limit": limit,
    }
    return await many(connection, WaitingRow, _WAITING, parameters, plan_anew=True)


async def whole_preview(
    connection: Connection, cadence: str, period_end: date, *, cutoff: datetime, at: datetime
) -> AsyncIterator[WaitingRow]:
    """The same of all vendors with this cadence, one at a time."""
    async for row in each(connection, WaitingRow, _WAITING, _parameters(cadence, period_end, cutoff, at)):
        yield row


def _parameters(cadence: str | None, period_end: date, cutoff: datetime, at: datetime) -> dict[str, Any]:
    """For every vendor, from the first."""
    return {
        "cadence": cadence,
        "period_end": period_end,
        "cutoff": cutoff,
        "at": at,
        "vendor_id": None,
        "after_vendor": UUID(int=0),
        "after_currency": "",
        "limit": None,
    }
