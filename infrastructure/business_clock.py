"""The clock of the business, kept in PostgreSQL and the same for every process; in the sandbox it can be moved on."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import Connection
from psycopg.rows import TupleRow


@dataclass(frozen=True, slots=True)
class ClockReading:
    """`target` is where a sandbox user wants the clock to be; the schedule moves it there step by step."""

    now: datetime
    target: datetime | None


def read_clock(connection: Connection[TupleRow]) -> ClockReading:
    row = connection.execute("SELECT ops.business_now(), target FROM ops.clock").fetchone()
    assert row is not None
    return ClockReading(*row)


def move_clock(connection: Connection[TupleRow], to: datetime) -> None:
    """Move the clock forward to this instant; never back."""
    connection.execute(
        "UPDATE ops.clock SET ahead = greatest(ahead, %(to)s - clock_timestamp()),"
        " target = CASE WHEN target > %(to)s THEN target END",
        {"to": to},
    )
