"""Reports by day, week and month of the platform's time zone, also on the days on which its clocks change."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import psycopg
import pytest

from domain.periods import cutoff_of
from queries.analytics import money_figures
from queries.finance_reports import Bucket, CommissionRow, Span, commission, deferred_revenue
from queries.rows import Connection
from tests.integration.journey import Journey
from tests.integration.world import World

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)
ZONES = [
    ("Europe/Berlin", date(2026, 3, 29), 23),
    ("Europe/Berlin", date(2026, 10, 25), 25),
    ("America/New_York", date(2026, 3, 8), 23),
    ("America/New_York", date(2026, 11, 1), 25),
    ("America/Santiago", date(2026, 9, 6), 23),
    ("America/Santiago", date(2026, 4, 4), 25),
    ("Australia/Lord_Howe", date(2026, 4, 5), 24.5),
    ("Asia/Kathmandu", date(2026, 6, 1), 24),
]


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[Connection]:
    async with await psycopg.AsyncConnection.connect(database_url, autocommit=True) as connection:
        yield connection


async def a_cent_in_every_quarter(connection: Connection, account: str, around: date) -> None:
    await connection.execute(
        "INSERT INTO read.account_quarter (account, currency, quarter, topic, credit_minor)"
        " SELECT %s, 'EUR', q, 'payment.captured', 1"
        " FROM generate_series(%s::timestamptz, %s::timestamptz, interval '15 minutes') AS q",
        (account, cutoff_of(around - 3 * DAY, "UTC"), cutoff_of(around + 4 * DAY, "UTC")),
    )


def span(zone: str, bucket: Bucket, first: date, end: date) -> Span:
    return Span(bucket, zone, cutoff_of(first, zone), cutoff_of(end, zone))


@pytest.mark.parametrize(("zone", "day", "hours"), ZONES)
async def test_a_day_has_what_was_earned_between_its_midnights(
    connection: Connection, zone: str, day: date, hours: float
) -> None:
    """A cent in every quarter of an hour: as many as the day has, in the bucket of that day, and none in another."""
    await a_cent_in_every_quarter(connection, "commission.revenue", day)
    cents = int(hours * 4)
    assert await commission(connection, span(zone, "day", day, day + DAY)) == [CommissionRow(day, "EUR", cents, 0)]
    monday = day - timedelta(days=day.weekday())
    [week] = await commission(connection, span(zone, "week", day, day + DAY))
    assert (week.bucket, week.commission_minor) == (monday, cents)
    days = await commission(connection, span(zone, "day", day - DAY, day + 2 * DAY))
    assert [row.bucket for row in days] == [day - DAY, day, day + DAY]
    assert sum(row.commission_minor for row in days) == cents + 2 * 96


@pytest.mark.parametrize(("zone", "day", "hours"), ZONES)
async def test_what_is_held_for_trips_rolls_forward_from_local_midnight_to_local_midnight(
    connection: Connection, zone: str, day: date, hours: float
) -> None:
    await a_cent_in_every_quarter(connection, "booking.unearned", day)
    before, rolled = await deferred_revenue(connection, span(zone, "day", day - DAY, day + DAY))
    assert (rolled.bucket, rolled.captured_minor) == (day, int(hours * 4))
    assert (before.closing_minor, rolled.closing_minor) == (rolled.opening_minor, rolled.opening_minor + hours * 4)


@pytest.mark.parametrize(("zone", "day", "hours"), ZONES)
async def test_figures_of_the_console_have_the_same_days(
    connection: Connection, zone: str, day: date, hours: float
) -> None:
    """One sale in the first and one in the last minute of the day, and one on either side of it."""
    start, end = cutoff_of(day, zone), cutoff_of(day + DAY, zone)
    assert end - start == timedelta(hours=hours)
    minute = timedelta(minutes=1)
    for position, at in enumerate((start - minute, start, end - minute, end), 1):
        await connection.execute(
            "INSERT INTO read.journal (position, line, at, topic, currency, account, debit_minor, credit_minor) VALUES"
            " (%s, 0, %s, 'payment.captured', 'EUR', 'stripe.clearing', 5, 0),"
            " (%s, 1, %s, 'payment.captured', 'EUR', 'booking.unearned', 0, 5)",
            (position, at, position, at),
        )
    asked: dict[str, Any] = {"bucket": "day", "zone": zone, "since": start - DAY, "until": end + DAY}
    figures = await money_figures(connection, asked)
    assert [(f.starts_at, f.gross_minor) for f in figures if f.starts_at == start] == [(start, 10)]
    assert [f.gross_minor for f in figures] == [5, 10, 5]


def test_quarters_of_an_hour_add_up_to_the_journal(world: World) -> None:
    journey = Journey(world)
    journey.earned(journey.confirmed(), journey.confirmed())
    world.follow()
    by_quarter = world.rows(
        "SELECT account, sum(credit_minor - debit_minor) FROM read.account_quarter GROUP BY account ORDER BY 1"
    )
    assert by_quarter == world.rows(
        "SELECT account, sum(credit_minor - debit_minor) FROM read.journal WHERE account IN"
        " ('booking.unearned', 'commission.revenue', 'cancellation.revenue') GROUP BY account ORDER BY 1"
    )
    assert len(by_quarter) == 2
    assert world.rows("SELECT 1 FROM read.account_quarter WHERE extract(epoch FROM quarter)::bigint %% 900 <> 0") == []
