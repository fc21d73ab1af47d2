"""What the schedule knows of the daily close: which days are to be closed now, and when the next one will be."""

from datetime import date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

from commands.close_books import CloseBooks
from domain.periods import cutoff_of
from queries.closes import NEXT_DAY, STANDING, NextDay, StandingRow, standing_at

Database = Connection[TupleRow]

# After midnight, so that what was decided before it has been committed: it would be late for no good reason.
CLOSE_AFTER: Final = timedelta(minutes=5)
DAYS_AT_ONCE: Final = 31


def days_to_close(database: Database, now: datetime, zone: str) -> list[Any]:
    """Every day that is over and not closed, oldest first, some at a time. None while the journal is behind."""
    following = _next_day(database, zone)
    if following is None:
        return []
    commands: list[Any] = []
    day, is_first = following.day, following.is_first
    while len(commands) < DAYS_AT_ONCE and (cutoff := cutoff_of(day + timedelta(days=1), zone)) + CLOSE_AFTER <= now:
        with database.cursor(row_factory=class_row(StandingRow)) as cursor:
            found = cursor.execute(STANDING.encode(), standing_at(cutoff)).fetchone()
        assert found is not None
        if found.behind:
            break
        commands.append(CloseBooks(day, zone, found.standing(), is_first))
        day, is_first = day + timedelta(days=1), False
    return commands


def next_close(database: Database, now: datetime, zone: str) -> datetime | None:
    """When the day of the newest entry can be closed, or today while something is under way that may make one.

    The clock need not stop for days on which nothing was booked.
    """
    # Whatever was closed since: the close of an earlier day may have seen this entry, and is not the one of its day.
    row = database.execute(
        "SELECT coalesce(known_at, at) FROM read.journal ORDER BY position DESC, line DESC LIMIT 1"
    ).fetchone()
    under_way = database.execute("SELECT 1 FROM board.task WHERE state IN ('due', 'running') LIMIT 1").fetchone()
    days = [row[0]] if row else []
    days += [now] if under_way else []
    closes = (cutoff_of(_day(at, zone) + timedelta(days=1), zone) + CLOSE_AFTER for at in days)
    return min((at for at in closes if at > now), default=None)


def _day(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _next_day(database: Database, zone: str) -> NextDay | None:
    with database.cursor(row_factory=class_row(NextDay)) as cursor:
        return cursor.execute(NEXT_DAY.encode(), {"zone": zone}).fetchone()
