"""The delivery log: what is to be told to an endpoint, and each try to do so; written by the worker."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow, class_row

# What follows a try that failed, in seconds: 27.6 hours in all, and eight tries.
GAPS_S: Final = (5.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0, 36_000.0)
GIVE_UP_AFTER: Final = timedelta(days=3)

State = Literal["pending", "delivered", "failed", "dropped"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message for one endpoint that has not arrived yet. `position` is None for a ping."""

    delivery_id: UUID
    endpoint_id: UUID
    type: str
    position: int | None
    stream_id: UUID
    version: int
    tries: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: what was answered, or else why nothing was."""

    at: datetime
    duration_ms: int
    status_code: int | None
    error: str | None

    @property
    def arrived(self) -> bool:
        return self.status_code is not None and self.status_code // 100 == 2


def pending_delivery(connection: Connection[TupleRow], delivery_id: UUID) -> Delivery | None:
    with connection.cursor(row_factory=class_row(Delivery)) as cursor:
        return cursor.execute(
            "SELECT delivery_id, endpoint_id, type, position, stream_id, version, tries, created_at"
            "  FROM webhook.delivery WHERE delivery_id = %s AND state = 'pending'",
            (delivery_id,),
        ).fetchone()


def pending_at(connection: Connection[TupleRow], endpoint_id: UUID) -> int:
    """How many messages wait for this endpoint."""
    row = connection.execute(
        "SELECT count(*) FROM webhook.delivery WHERE endpoint_id = %s AND state = 'pending'", (endpoint_id,)
    ).fetchone()
    assert row is not None
    waiting: int = row[0]
    return waiting


def drop(connection: Connection[TupleRow], delivery: Delivery) -> None:
    """It will not be sent: there is nobody (any more) who wants it."""
    connection.execute(
        "UPDATE webhook.delivery SET state = 'dropped', next_attempt_at = NULL, done_at = clock_timestamp()"
        " WHERE delivery_id = %s AND state = 'pending'",
        (delivery.delivery_id,),
    )


def record(connection: Connection[TupleRow], delivery: Delivery, attempt: Attempt, *, last: bool) -> float | None:
    """Write a try down; in how many seconds comes the next, None if there is none."""
    gap_s = None if attempt.arrived or last or delivery.tries >= len(GAPS_S) else GAPS_S[delivery.tries]
    state: State = "delivered" if attempt.arrived else "failed" if gap_s is None else "pending"
    with connection.transaction():
        connection.execute(
            "UPDATE webhook.delivery SET state = %(state)s, tries = tries + 1,"
            " next_attempt_at = clock_timestamp() + make_interval(secs => %(gap_s)s),"
            " done_at = CASE WHEN %(gap_s)s::float IS NULL THEN clock_timestamp() END WHERE delivery_id = %(id)s",
            {"state": state, "gap_s": gap_s, "id": delivery.delivery_id},
        )
        connection.execute(
            "INSERT INTO webhook.attempt (delivery_id, number, at, duration_ms, status_code, error)"
            " SELECT %(id)s, coalesce(max(number), 0) + 1, %(at)s, %(ms)s, %(status)s, %(error)s"
            "   FROM webhook.attempt WHERE delivery_id = %(id)s",
            {
                "id": delivery.delivery_id,
                "at": attempt.at,
                "ms": attempt.duration_ms,
                "status": attempt.status_code,
                "error": attempt.error,
            },
        )
        if attempt.arrived:
            connection.execute("DELETE FROM webhook.failing WHERE endpoint_id = %s", (delivery.endpoint_id,))
        else:
            connection.execute(
                "INSERT INTO webhook.failing VALUES (%s, %s) ON CONFLICT DO NOTHING", (delivery.endpoint_id, attempt.at)
            )
    return gap_s


def failing_for(connection: Connection[TupleRow], endpoint_id: UUID) -> timedelta:
    """How long nothing has got through; nothing of it counts from before it was enabled last."""
    row = connection.execute(
        "SELECT clock_timestamp() - since FROM webhook.failing WHERE endpoint_id = %s", (endpoint_id,)
    ).fetchone()
    return row[0] if row else timedelta()


def forget_failures(connection: Connection[TupleRow], endpoint_id: UUID) -> None:
    connection.execute("DELETE FROM webhook.failing WHERE endpoint_id = %s", (endpoint_id,))
