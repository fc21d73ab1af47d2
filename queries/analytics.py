"""Figures over time: bookings by what became of them, money from the journal, and how full the cells are."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from queries.rows import Connection, many

Bucket = Literal["day", "week", "month"]

# A bucket begins at midnight of the platform's time zone. The journal is asked by topic and account, so each figure is
# what the postings of domain/postings.py make it.
_BUCKET: Final = "date_trunc(%(bucket)s, at, %(zone)s)"
_IN: Final = "at >= %(since)s AND at < %(until)s"


@dataclass(frozen=True, slots=True)
class BookingFigure:
    """Bookings held in a bucket, by what became of them since."""

    starts_at: datetime
    currency: str
    status: str
    bookings: int
    confirmed: int


@dataclass(frozen=True, slots=True)
class MoneyFigure:
    starts_at: datetime
    currency: str
    gross_minor: int
    refunds_minor: int
    commission_minor: int
    payouts_minor: int


@dataclass(frozen=True, slots=True)
class OccupancyFigure:
    """Cells that begin in a bucket."""

    starts_at: datetime
    currency: str
    capacity: int
    sold: int


async def booking_figures(connection: Connection, parameters: dict[str, Any]) -> list[BookingFigure]:
    return await many(
        connection,
        BookingFigure,
        f"SELECT {_BUCKET} AS starts_at, currency, status, count(*) AS bookings, count(confirmed_at) AS confirmed"
        f" FROM (SELECT held_at AS at, * FROM read.booking_milestone) AS m WHERE {_IN}"
        " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
        parameters,
    )


async def money_figures(connection: Connection, parameters: dict[str, Any]) -> list[MoneyFigure]:
    return await many(
        connection,
        MoneyFigure,
        f"""
        SELECT {_BUCKET} AS starts_at, currency,
               coalesce(sum(debit_minor) FILTER (
                   WHERE topic = 'payment.captured' AND account = 'stripe.clearing'), 0)::bigint AS gross_minor,
               coalesce(sum(debit_minor - credit_minor) FILTER (
                   WHERE account = 'refund.payable' AND topic IN (
                       'payment.refund_succeeded', 'payment.refund_failed', 'payment.refund_otherwise_paid')),
                   0)::bigint AS refunds_minor,
               coalesce(sum(credit_minor - debit_minor) FILTER (
                   WHERE account = 'commission.revenue'), 0)::bigint AS commission_minor,
               coalesce(sum(debit_minor - credit_minor) FILTER (
                   WHERE account = 'payout.in_transit' AND topic IN ('payout.paid', 'payout.failed')),
                   0)::bigint AS payouts_minor
          FROM read.journal WHERE {_IN} GROUP BY 1, 2 ORDER BY 1, 2
        """,
        parameters,
    )


async def occupancy_figures(connection: Connection, parameters: dict[str, Any]) -> list[OccupancyFigure]:
    return await many(
        connection,
        OccupancyFigure,
        f"SELECT {_BUCKET} AS starts_at, l.currency, sum(capacity)::bigint AS capacity, sum(sold)::bigint AS sold"
        " FROM (SELECT starts_at AS at, * FROM capacity.cell WHERE NOT closed) AS c"
        f" JOIN read.listing AS l USING (listing_id) WHERE {_IN} GROUP BY 1, 2 ORDER BY 1, 2",
        parameters,
    )
