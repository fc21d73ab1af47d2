"""Which reminders fall due by the business clock. The booking itself decides again whether it still matters."""

from datetime import datetime
from functools import partial
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import TupleRow

from commands.remind_booking import RemindBooking
from domain.booking.reminding import LEAD, Reminder

BATCH_MAX: Final = 500
Database = Connection[TupleRow]

# Whose turn it may be, and the instant that it is about. Fresh ones, begun later than they would be reminded of, are
# left out like those that were reminded: the booking would say no to them at every look.
_NEAR: Final[dict[Reminder, tuple[str, str, str]]] = {
    "payment": ("status IN ('held', 'awaiting_payment')", "expires_at", "created_at"),
    "answer": ("status = 'awaiting_vendor'", "answer_by", "asked_at"),
    "trip": ("status = 'confirmed'", "starts_at", "created_at"),
}


def due(database: Database, now: datetime, _zone: str, *, what: Reminder) -> list[Any]:
    """Nearest first."""
    rows = database.execute(
        f"SELECT booking_id FROM read.booking WHERE {_open(what)} AND {_NEAR[what][1]} <= %(soon)s"
        f" AND {_NEAR[what][1]} > %(now)s ORDER BY {_NEAR[what][1]} LIMIT %(most)s".encode(),
        {"now": now, "soon": now + LEAD[what], "lead": LEAD[what], "most": BATCH_MAX},
    )
    return [RemindBooking(booking_id, what) for (booking_id,) in rows]


def next_at(database: Database, now: datetime, _zone: str, *, what: Reminder) -> datetime | None:
    row = database.execute(
        f"SELECT min({_NEAR[what][1]}) - %(lead)s FROM read.booking"
        f" WHERE {_open(what)} AND {_NEAR[what][1]} > %(soon)s".encode(),
        {"soon": now + LEAD[what], "lead": LEAD[what]},
    ).fetchone()
    return row[0] if row else None


def _open(what: Reminder) -> str:
    status, about, since = _NEAR[what]
    return f"{status} AND {what}_reminded IS DISTINCT FROM {about} AND {since} <= {about} - %(lead)s"


REMINDERS: Final = tuple((what, partial(due, what=what), partial(next_at, what=what)) for what in LEAD)
