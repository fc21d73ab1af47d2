"""What falls due by the business clock: when is the next of each kind, and what is to be done about it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import TupleRow

from commands.payout_run import StartPayoutRun
from commands.reconcile import StartReconciliation, daily_run_id
from commands.release_earnings import ReleaseEarnings
from domain.periods import last_period_end, next_period_end, run_at
from domain.vendor import Cadence
from infrastructure.housekeeping.overdue import BATCH_MAX, changes, ended, holds, unanswered
from infrastructure.housekeeping.reminders import REMINDERS
from workers.closing import days_to_close, next_close
from workers.tidying import next_round, rounds

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


def _next_hold(database: Database, now: datetime, _zone: str) -> datetime | None:
    return _one(
        database,
        "SELECT min(expires_at) FROM read.booking WHERE status IN ('held', 'awaiting_payment') AND expires_at > %s",
        now,
    )


def _next_change(database: Database, now: datetime, _zone: str) -> datetime | None:
    return _one(database, "SELECT min(change_expires_at) FROM read.booking WHERE change_expires_at > %s", now)


def _next_answer(database: Database, now: datetime, _zone: str) -> datetime | None:
    return _one(
        database, "SELECT min(answer_by) FROM read.booking WHERE status = 'awaiting_vendor' AND answer_by > %s", now
    )


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
        if run_at(period_end, zone) > now:  # Since midnight: until its run is due, the one before may have been missed.
            period_end = last_period_end(cadence, period_end - timedelta(days=1))
        known = database.execute(
            "SELECT 1 FROM read.payout_run WHERE cadence = %s AND period_end = %s", (cadence, period_end)
        ).fetchone()
        if known is None:
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


def _comparisons(database: Database, now: datetime, zone: str) -> list[Any]:
    """Once a day, if any money has moved at all."""
    run_id = daily_run_id(now.astimezone(ZoneInfo(zone)).date())
    row = database.execute(
        "SELECT EXISTS (SELECT FROM read.payment) AND NOT EXISTS (SELECT FROM read.reconciliation WHERE run_id = %s)",
        (run_id,),
    ).fetchone()
    return [StartReconciliation(run_id)] if row and row[0] else []


def _next_comparison(_database: Database, _now: datetime, _zone: str) -> datetime | None:
    """The clock need not stop for it: it compares what is there, on whatever day it is looked at."""
    return None


def _one(database: Database, query: str, now: datetime) -> datetime | None:
    row = database.execute(query.encode(), (now,)).fetchone()
    return row[0] if row else None


JOBS: Final = (
    Job("expire_holds", holds, _next_hold),
    Job("expire_changes", changes, _next_change),
    Job("lapse_requests", unanswered, _next_answer),
    Job("complete_bookings", ended, _next_end),
    Job("release_earnings", _settled, _next_settlement),
    Job("payout_runs", _runs, _next_run),
    Job("reconcile", _comparisons, _next_comparison),
    Job("close_books", days_to_close, next_close),
    Job("housekeep", rounds, next_round),
    *(Job(f"remind_{what}", due, next_at) for what, due, next_at in REMINDERS),
)
