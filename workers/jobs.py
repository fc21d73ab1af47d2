"""What falls due by the business clock: when is the next of each kind, and what is to be done about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import TupleRow

from commands.complete_booking import CompleteBooking
from commands.expire_booking import ExpireBooking
from commands.payout_run import StartPayoutRun
from commands.release_earnings import ReleaseEarnings
from domain.periods import last_period_end, next_period_end, run_at
from domain.vendor import Cadence

BATCH_MAX: Final = 500
CADENCES: Final[tuple[Cadence, ...]] = ("weekly", "monthly")
Database = Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class Job:
    """`due` gives commands for what is due at an instant; `next_at` the next instant after it at which more will be.

    Both ask read models, which may lag; the commands decide, and one that comes too early or twice does nothing.
    """

    name: str
    due: Callable[[Database, datetime, str], list[Any]]
    next_at: Callable[[Database, datetime, str], datetime | None]


def _holds(database: Database, now: datetime, _zone: str) -> list[Any]:
    rows = database.execute(
        "SELECT booking_id FROM read.booking"
        " WHERE status IN ('held', 'awaiting_payment') AND expires_at <= %s ORDER BY expires_at LIMIT %s",
        (now, BATCH_MAX),
    )
    return [ExpireBooking(booking_id) for (booking_id,) in rows]


def _next_hold(database: Database, now: datetime, _zone: str) -> datetime | None:
    return _one(
        database,
        "SELECT min(expires_at) FROM read.booking WHERE status IN ('held', 'awaiting_payment') AND expires_at > %s",
        now,
    )


def _ended(database: Database, now: datetime, _zone: str) -> list[Any]:
    rows = database.execute(
        "SELECT booking_id FROM read.booking WHERE status = 'confirmed' AND ends_at <= %s ORDER BY ends_at LIMIT %s",
        (now, BATCH_MAX),
    )
    return [CompleteBooking(booking_id) for (booking_id,) in rows]


def _next_end(database: Database, now: datetime, _zone: str) -> datetime | None:
    return _one(database, "SELECT min(ends_at) FROM read.booking WHERE status = 'confirmed' AND ends_at > %s", now)


def _settled(database: Database, now: datetime, _zone: str) -> list[Any]:
    rows = database.execute(
        "SELECT DISTINCT vendor_id, currency FROM read.vendor_line"
        " WHERE state = 'pending' AND available_from <= %s LIMIT %s",
        (now, BATCH_MAX),
    )
    return [ReleaseEarnings(vendor_id, currency) for vendor_id, currency in rows]


def _next_settlement(database: Database, now: datetime, _zone: str) -> datetime | None:
    return _one(
        database,
        "SELECT min(available_from) FROM read.vendor_line WHERE state = 'pending' AND available_from > %s",
        now,
    )


def _runs(database: Database, now: datetime, zone: str) -> list[Any]:
    """The newest run of each cadence that is due and not known yet: one run catches up whatever was missed."""
    today = now.astimezone(ZoneInfo(zone)).date()
    due = []
    for cadence in CADENCES:
        period_end = last_period_end(cadence, today)
        known = database.execute(
            "SELECT 1 FROM read.payout_run WHERE cadence = %s AND period_end = %s", (cadence, period_end)
        ).fetchone()
        if known is None and run_at(period_end, zone) <= now:
            due.append(StartPayoutRun(cadence, zone, period_end))
    return due


def _next_run(_database: Database, now: datetime, zone: str) -> datetime | None:
    today = now.astimezone(ZoneInfo(zone)).date()
    candidates = []
    for cadence in CADENCES:
        period_end = last_period_end(cadence, today)
        at = run_at(period_end, zone)
        candidates.append(at if at > now else run_at(next_period_end(cadence, period_end), zone))
    return min(candidates)


def _one(database: Database, query: str, now: datetime) -> datetime | None:
    row = database.execute(query.encode(), (now,)).fetchone()
    return row[0] if row else None


JOBS: Final = (
    Job("expire_holds", _holds, _next_hold),
    Job("complete_bookings", _ended, _next_end),
    Job("release_earnings", _settled, _next_settlement),
    Job("payout_runs", _runs, _next_run),
)
