"""The task board: PostgreSQL is the queue of record. A task is done under a lease with a fencing token.

All times are the database's own clock, so that a host with a wrong clock neither steals nor hoards work.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg_pool import ConnectionPool

LEASE_S: Final = 15
RENEW_S: Final = 4.0
ATTEMPTS_MAX: Final = 25
BACKOFF_MAX_S: Final = 300

Pool = ConnectionPool[Connection[TupleRow]]


@dataclass(frozen=True, slots=True)
class Leased:
    """A task that is ours until `LEASE_S` have passed; `fence` proves it."""

    task_id: UUID
    kind: str
    arguments: Mapping[str, Any]
    fence: int
    attempt: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Rung:
    task_id: UUID
    kind: str


class Board:
    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._held: dict[UUID, Leased] = {}

    def lease(self, task_id: UUID) -> Leased | None:
        """Take the task if it is due, or if a lease on it ran out. The attempt is counted before it runs.

        One whose worker never came back, time after time, is parked instead: it may be what ends its workers.
        """
        with self._pool.connection() as connection:
            row = connection.execute(
                "UPDATE board.task SET state = 'running', attempts = attempts + 1, fence = fence + 1,"
                "       lease_until = clock_timestamp() + make_interval(secs => %s)"
                " WHERE task_id = %s AND (state = 'due' AND due_at <= clock_timestamp()"
                "                         OR state = 'running' AND lease_until <= clock_timestamp() AND attempts < %s)"
                " RETURNING task_id, kind, arguments, fence, attempts, created_at",
                (LEASE_S, task_id, ATTEMPTS_MAX),
            ).fetchone()
            if row is None:
                connection.execute(
                    "UPDATE board.task SET state = 'parked', lease_until = NULL,"
                    " last_error = coalesce(last_error || '; then ', '') || 'its worker did not come back'"
                    " WHERE task_id = %s AND state = 'running' AND lease_until <= clock_timestamp() AND attempts >= %s",
                    (task_id, ATTEMPTS_MAX),
                )
                return None
        task = Leased(*row)
        self._held[task_id] = task
        return task

    def renew(self) -> None:
        """Hold on to the tasks that are still being done here; one that was taken over stays with its new holder."""
        held = list(self._held.values())
        if held:
            with self._pool.connection() as connection:
                connection.execute(
                    "UPDATE board.task AS t SET lease_until = clock_timestamp() + make_interval(secs => %s)"
                    "  FROM unnest(%s::uuid[], %s::bigint[]) AS ours(task_id, fence)"
                    " WHERE t.task_id = ours.task_id AND t.fence = ours.fence AND t.state = 'running'",
                    (LEASE_S, [task.task_id for task in held], [task.fence for task in held]),
                )

    def let_go(self, task: Leased) -> None:
        """It is not done here any more, however it went."""
        if self._held.get(task.task_id) == task:  # Or it was taken over in this very process.
            del self._held[task.task_id]

    def finish(self, task: Leased) -> None:
        """Close a task whose last step recorded nothing; one that was closed with its record stays as it is."""
        self._if_ours(task, "state = 'done', done_at = clock_timestamp(), lease_until = NULL, last_error = NULL")

    def again(self, task: Leased, after_s: float | None, why: str) -> None:
        """Not over yet and nothing went wrong: look again later. It does not count as an attempt.

        Without `after_s` it waits half as long as the task is old: often at first, then ever more patiently.
        """
        self._if_ours(
            task,
            "state = 'due', attempts = attempts - 1, lease_until = NULL, last_error = %(why)s,"
            " due_at = clock_timestamp() + coalesce(make_interval(secs => %(after_s)s),"
            "     least(greatest((clock_timestamp() - created_at) / 2, interval '0.5 s'), interval '10 min'))",
            why=why,
            after_s=after_s,
        )

    def failed(self, task: Leased, why: str, *, outage: bool = False, hopeless: bool = False) -> bool:
        """Try again later, ever more slowly; park it after too many attempts. True if it is parked now.

        In an `outage` of somebody else's the task is not at fault and is never parked; a `hopeless` one is at once.
        """
        parked = hopeless or (task.attempt >= ATTEMPTS_MAX and not outage)
        self._if_ours(
            task,
            "state = %(state)s, lease_until = NULL, last_error = %(why)s,"
            " due_at = clock_timestamp() + make_interval(secs => %(after_s)s)",
            state="parked" if parked else "due",
            why=why[:1000],
            after_s=min(BACKOFF_MAX_S, 0.5 * 2 ** min(task.attempt, 16)),
        )
        return parked

    def due(self, limit: int, kinds: Sequence[str] | None = None) -> list[Rung]:
        """The tasks that want to be done now, oldest first; of these kinds only, if they are named."""
        with self._pool.connection() as connection:
            rows = connection.execute(
                "SELECT task_id, kind FROM board.task"
                " WHERE (state = 'due' AND due_at <= clock_timestamp()"
                "        OR state = 'running' AND lease_until <= clock_timestamp())"
                "   AND (%(kinds)s::text[] IS NULL OR kind = ANY(%(kinds)s))"
                " ORDER BY due_at LIMIT %(limit)s",
                {"kinds": None if kinds is None else list(kinds), "limit": limit},
            ).fetchall()
        return [Rung(*row) for row in rows]

    def _if_ours(self, task: Leased, change: str, **values: Any) -> None:
        with self._pool.connection() as connection:
            connection.execute(
                "UPDATE board.task SET " + change + " WHERE task_id = %(task)s AND fence = %(fence)s"
                " AND state = 'running'",
                {"task": task.task_id, "fence": task.fence, **values},
            )
