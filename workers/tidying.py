"""What the schedule knows of housekeeping: once a night at 02:00 of the platform, and once after any downtime."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import TupleRow

from commands.housekeep import StartHousekeeping, nightly_round_id

TIDY_AT: Final = time(2, 0)
Database = Connection[TupleRow]


def tidy_up_at(night: date, zone: str) -> datetime:
    """The UTC instant at which the round of this night is due; where clocks skip 02:00, that at which they skip it."""
    return datetime.combine(night, TIDY_AT, ZoneInfo(zone)).astimezone(UTC)


def newest_night(now: datetime, zone: str) -> date:
    today = now.astimezone(ZoneInfo(zone)).date()
    return today if tidy_up_at(today, zone) <= now else today - timedelta(days=1)


def rounds(database: Database, now: datetime, zone: str) -> list[Any]:
    """The newest night's, unless it is known: one round makes up for all that were missed. None before there was
    anybody here, so that a system does not begin its life by tidying up.
    """
    night = newest_night(now, zone)
    run_id = nightly_round_id(night)
    row = database.execute(
        "SELECT EXISTS (SELECT FROM read.account WHERE created_at < %(due_at)s)"
        " AND NOT EXISTS (SELECT FROM read.housekeeping WHERE run_id = %(run_id)s)",
        {"due_at": tidy_up_at(night, zone), "run_id": run_id},
    ).fetchone()
    return [StartHousekeeping(run_id, scheduled=True)] if row and row[0] else []


def next_round(_database: Database, _now: datetime, _zone: str) -> datetime | None:
    """The sandbox clock need not stop for it: whatever there is to tidy up waits for the end of the walk."""
    return None
