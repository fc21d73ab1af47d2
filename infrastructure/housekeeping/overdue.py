"""Bookings whose time is over: which there are at an instant, and the command that each of them needs.

They ask a read model, which may lag; the commands decide, and one that comes too early or twice does nothing. The
schedule asks twice a second, so that a nightly round finds only what the schedule has not come to.
"""

from datetime import datetime
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import TupleRow

from commands.answer_request import LapseRequest
from commands.complete_booking import CompleteBooking
from commands.expire_booking import ExpireBooking, ExpireChange

BATCH_MAX: Final = 500
Database = Connection[TupleRow]


def holds(database: Database, now: datetime, _zone: str) -> list[Any]:
    """Held and unpaid ones."""
    rows = database.execute(
        "SELECT booking_id FROM read.booking"
        " WHERE status IN ('held', 'awaiting_payment') AND expires_at <= %s ORDER BY expires_at LIMIT %s",
        (now, BATCH_MAX),
    )
    return [ExpireBooking(booking_id) for (booking_id,) in rows]


def changes(database: Database, now: datetime, _zone: str) -> list[Any]:
    rows = database.execute(
        "SELECT booking_id FROM read.booking WHERE change_expires_at <= %s ORDER BY change_expires_at LIMIT %s",
        (now, BATCH_MAX),
    )
    return [ExpireChange(booking_id) for (booking_id,) in rows]


def unanswered(database: Database, now: datetime, _zone: str) -> list[Any]:
    rows = database.execute(
        "SELECT booking_id FROM read.booking"
        " WHERE status = 'awaiting_vendor' AND answer_by <= %s ORDER BY answer_by LIMIT %s",
        (now, BATCH_MAX),
    )
    return [LapseRequest(booking_id) for (booking_id,) in rows]


def ended(database: Database, now: datetime, _zone: str) -> list[Any]:
    """A contested one waits for its bank: completed when won, cancelled or completed with the rest when lost."""
    rows = database.execute(
        "SELECT booking_id FROM read.booking AS b WHERE status = 'confirmed' AND ends_at <= %s"
        " AND NOT EXISTS (SELECT FROM read.dispute AS d WHERE d.booking_id = b.booking_id"
        "                    AND d.ended_at IS NULL AND d.withdrawn_minor > 0)"
        " ORDER BY ends_at LIMIT %s",
        (now, BATCH_MAX),
    )
    return [CompleteBooking(booking_id) for (booking_id,) in rows]
