"""Moves the events of bookings that were closed over a year ago into the archive of the log (ADR 0025).

The archive is part of the log: followers, commands and queries find its events as before (migrations/0015_archive.sql).
A booking goes with its payments and disputes, when no money of it is on its way any more. Killed half-way, what was
moved stays moved, and the next run goes on.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from dateutil.relativedelta import relativedelta
from psycopg import Connection
from psycopg.rows import TupleRow

KEPT_AT_HAND: Final = relativedelta(years=1)
BOOKINGS_AT_ONCE: Final = 200

# Closed bookings whose money has come to rest. The months before the newest archived one were done by earlier runs; one
# month of them is looked at again, for what was still open then.
_READY: Final = """
    FROM read.booking_milestone AS m
   WHERE m.ended_at < %(before)s
     AND m.ended_at >= coalesce(%(since)s, (SELECT max(month) - interval '1 month' FROM log.archive), '-infinity')
     AND NOT EXISTS (SELECT FROM log.archived AS a WHERE a.stream_id = m.booking_id)
     AND NOT EXISTS (SELECT FROM read.payment AS p WHERE p.booking_id = m.booking_id
                        AND (p.status IN ('requested', 'action_required', 'authorised')
                             OR p.unresolved_since IS NOT NULL))
     AND NOT EXISTS (SELECT FROM read.refund AS r WHERE r.booking_id = m.booking_id
                        AND r.status IN ('awaiting_approval', 'requested', 'submitted', 'failed'))
     AND NOT EXISTS (SELECT FROM read.dispute AS d WHERE d.booking_id = m.booking_id AND d.ended_at IS NULL)
"""
_MONTHS: Final = f"SELECT date_trunc('month', m.ended_at)::date AS month, count(*) {_READY} GROUP BY 1 ORDER BY 1"
_NEXT: Final = (
    f"SELECT m.booking_id {_READY} AND date_trunc('month', m.ended_at) = %(month)s ORDER BY m.ended_at LIMIT %(limit)s"
)
_MOVE: Final = """
    SELECT log.archive_streams(%(month)s, ARRAY(
        SELECT unnest(%(bookings)s::uuid[])
         UNION SELECT payment_id FROM read.payment WHERE booking_id = ANY (%(bookings)s)
         UNION SELECT dispute_id FROM read.dispute WHERE booking_id = ANY (%(bookings)s)))
"""

Database = Connection[TupleRow]


@dataclass(frozen=True, slots=True)
class ArchivedMonth:
    """Of one month, named by its first day in UTC: how many bookings closed in it, and how many events were moved."""

    month: date
    bookings: int
    events: int


def ready(database: Database, now: datetime, *, since: datetime | None = None) -> list[ArchivedMonth]:
    """What would be archived, month by month. `since` looks further back than the last run did."""
    rows = database.execute(_MONTHS.encode(), {"before": now - KEPT_AT_HAND, "since": since}).fetchall()
    return [ArchivedMonth(month, bookings, 0) for month, bookings in rows]


def archive(database: Database, now: datetime, *, since: datetime | None = None) -> Iterator[ArchivedMonth]:
    """Archive every booking that is ready, oldest month first; `now` is the business clock's.

    Yields what each transaction has moved, of at most 200 bookings. `database` commits by itself.
    """
    assert database.autocommit
    span = {"before": now - KEPT_AT_HAND, "since": since}
    for expected in ready(database, now, since=since):
        while True:
            question = {**span, "month": expected.month, "limit": BOOKINGS_AT_ONCE}
            bookings = [row[0] for row in database.execute(_NEXT.encode(), question)]
            if not bookings:
                break
            moved = database.execute(_MOVE, {"month": expected.month, "bookings": bookings}).fetchone()
            assert moved is not None
            if moved[0] == 0:
                break  # The newest event of the log is among them: they wait for another to come.
            yield ArchivedMonth(expected.month, len(bookings), moved[0])
