"""Reports from totals: what was earned, what is still to be earned, and what vendors owe and for how long.

Days, weeks and months are those of the platform's time zone, summed from quarters of an hour, on which its midnights
stand also when the clocks change. None of these looks at single entries.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from queries.rows import Connection, each, many

Bucket = Literal["day", "week", "month"]
# Of a quarter of an hour, the first day of its bucket there.
_BUCKET: Final = "(date_trunc(%(bucket)s, quarter, %(zone)s) AT TIME ZONE %(zone)s)::date"


@dataclass(frozen=True, slots=True)
class Span:
    """Buckets of local time in `zone`, from the instant `since` up to `before`."""

    bucket: Bucket
    zone: str
    since: datetime
    before: datetime

    def parameters(self) -> dict[str, object]:
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class CommissionRow:
    """Commission of trips that took place, and the platform's part of what was kept of cancelled ones."""

    bucket: date
    currency: str
    commission_minor: int
    cancellation_minor: int


@dataclass(frozen=True, slots=True)
class RollForwardRow:
    """What is held for trips to come: opening + captured - earned - refunded + other = closing."""

    bucket: date
    currency: str
    opening_minor: int
    captured_minor: int
    earned_minor: int
    refunded_minor: int
    other_minor: int
    closing_minor: int


@dataclass(frozen=True, slots=True)
class AgeingRow:
    """What a vendor owes, newest debts first: its earnings are taken to have paid the oldest."""

    vendor_id: UUID
    currency: str
    owed_minor: int
    days_30_minor: int
    days_60_minor: int
    days_90_minor: int
    older_minor: int


async def commission(connection: Connection, span: Span) -> list[CommissionRow]:
    return await many(
        connection,
        CommissionRow,
        f"""
        SELECT {_BUCKET} AS bucket, currency,
               coalesce(sum(credit_minor - debit_minor)
                        FILTER (WHERE account = 'commission.revenue'), 0)::bigint AS commission_minor,
               coalesce(sum(credit_minor - debit_minor)
                        FILTER (WHERE account = 'cancellation.revenue'), 0)::bigint AS cancellation_minor
          FROM read.account_quarter
         WHERE account IN ('commission.revenue', 'cancellation.revenue')
           AND quarter >= %(since)s AND quarter < %(before)s
         GROUP BY 1, 2 ORDER BY 1, 2
        """,
        span.parameters(),
    )


async def deferred_revenue(connection: Connection, span: Span) -> list[RollForwardRow]:
    """Only buckets in which something moved; the next one opens with what the last one closed with."""
    return await many(
        connection,
        RollForwardRow,
        f"""
        WITH moved AS (
            SELECT {_BUCKET} AS bucket, currency,
                   sum(credit_minor - debit_minor) AS minor,
                   coalesce(sum(credit_minor) FILTER (WHERE topic = 'payment.captured'), 0) AS captured,
                   coalesce(sum(debit_minor - credit_minor) FILTER (WHERE topic LIKE 'booking.%%'), 0) AS earned,
                   coalesce(sum(debit_minor - credit_minor) FILTER (WHERE topic LIKE 'payment.refund%%'), 0) AS refunded
              FROM read.account_quarter
             WHERE account = 'booking.unearned' AND quarter >= %(since)s AND quarter < %(before)s GROUP BY 1, 2),
        opened AS (
            SELECT currency, sum(credit_minor - debit_minor) AS minor FROM read.account_quarter
             WHERE account = 'booking.unearned' AND quarter < %(since)s GROUP BY 1),
        rolled AS (
            SELECT m.*, coalesce(o.minor, 0)
                        + sum(m.minor) OVER (PARTITION BY m.currency ORDER BY m.bucket) AS closing
              FROM moved AS m LEFT JOIN opened AS o USING (currency))
        SELECT bucket, currency, (closing - minor)::bigint AS opening_minor, captured::bigint AS captured_minor,
               earned::bigint AS earned_minor, refunded::bigint AS refunded_minor,
               (minor - captured + earned + refunded)::bigint AS other_minor, closing::bigint AS closing_minor
          FROM rolled ORDER BY bucket, currency
        """,
        span.parameters(),
    )


_OWING: Final = """
    WITH owing AS (
        SELECT vendor_id, currency, -available_minor AS owed FROM read.vendor_balance
         WHERE available_minor < 0 AND (vendor_id, currency) > (%(vendor_id)s, %(currency)s)
         ORDER BY vendor_id, currency LIMIT %(limit)s),
    debts AS (
        SELECT o.vendor_id, o.currency, o.owed, l.earned_at, -l.amount_minor AS minor,
               sum(-l.amount_minor) OVER (PARTITION BY o.vendor_id, o.currency
                                          ORDER BY l.earned_at DESC, l.line_id) AS running
          FROM owing AS o JOIN read.vendor_line AS l USING (vendor_id, currency)
         WHERE l.amount_minor < 0 AND l.state = 'available'),
    parts AS (
        SELECT vendor_id, currency, owed, %(now)s - earned_at AS age,
               greatest(least(minor, owed - (running - minor)), 0) AS part FROM debts)
    SELECT vendor_id, currency, max(owed)::bigint AS owed_minor,
           coalesce(sum(part) FILTER (WHERE age < interval '30 days'), 0)::bigint AS days_30_minor,
           coalesce(sum(part) FILTER (WHERE age >= interval '30 days' AND age < interval '60 days'), 0)::bigint
               AS days_60_minor,
           coalesce(sum(part) FILTER (WHERE age >= interval '60 days' AND age < interval '90 days'), 0)::bigint
               AS days_90_minor,
           coalesce(sum(part) FILTER (WHERE age >= interval '90 days'), 0)::bigint AS older_minor
      FROM parts GROUP BY vendor_id, currency ORDER BY vendor_id, currency
"""


async def vendor_ageing(
    connection: Connection, now: datetime, *, after: tuple[UUID, str], limit: int
) -> list[AgeingRow]:
    """Vendors that owe us, in the order of (vendor, currency), behind `after`."""
    parameters = {"now": now, "vendor_id": after[0], "currency": after[1], "limit": limit}
    return await many(connection, AgeingRow, _OWING, parameters, plan_anew=True)


async def whole_ageing(connection: Connection, now: datetime) -> AsyncIterator[AgeingRow]:
    """All of them, one at a time."""
    async for row in each(
        connection, AgeingRow, _OWING, {"now": now, "vendor_id": UUID(int=0), "currency": "", "limit": None}
    ):
        yield row
