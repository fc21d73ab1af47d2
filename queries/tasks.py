"""The task board: what is to be done outside, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from queries.rows import Connection, many, one
from queries.scope import Page, behind

# What a task is about has an amount where it is money: a payment's, one refund's, or a payout's.
_COLUMNS = (
    "SELECT t.task_id AS id, t.kind, t.arguments, t.caused_by, t.state, t.due_at, t.attempts, t.last_error,"
    " t.created_at, t.done_at, extract(epoch FROM clock_timestamp() - t.created_at)::bigint AS age_seconds,"
    " coalesce(r.amount_minor, p.amount_minor, o.amount_minor) AS amount_minor,"
    " coalesce(r.currency, p.currency, o.currency) AS currency"
)
_MONEY = (
    " LEFT JOIN read.refund AS r ON r.refund_id = (t.arguments->>'refund_id')::uuid"
    " LEFT JOIN read.payment AS p ON p.payment_id = (t.arguments->>'payment_id')::uuid"
    " LEFT JOIN read.payout AS o ON o.payout_id = (t.arguments->>'payout_id')::uuid"
)


@dataclass(frozen=True, slots=True)
class TaskRow:
    id: UUID
    kind: str
    arguments: dict[str, Any]
    caused_by: int | None
    state: str
    due_at: datetime
    attempts: int
    last_error: str | None
    created_at: datetime
    done_at: datetime | None
    age_seconds: int
    amount_minor: int | None
    currency: str | None


@dataclass(frozen=True, slots=True)
class TaskCount:
    state: str
    kind: str
    tasks: int


async def tasks(connection: Connection, page: Page, state: str | None) -> list[TaskRow]:
    """Newest first."""
    return await many(
        connection,
        TaskRow,
        f"{_COLUMNS} FROM (SELECT * FROM board.task WHERE (%(state)s::text IS NULL OR state = %(state)s)"
        f"{behind('task_id')}) AS t{_MONEY} ORDER BY t.created_at DESC, t.task_id",
        {"state": state, **page.parameters()},
    )


async def task(connection: Connection, task_id: UUID) -> TaskRow | None:
    return await one(
        connection, TaskRow, f"{_COLUMNS} FROM board.task AS t{_MONEY} WHERE t.task_id = %(id)s", {"id": task_id}
    )


async def task_counts(connection: Connection) -> list[TaskCount]:
    return await many(
        connection, TaskCount, "SELECT state, kind, count(*) AS tasks FROM board.task GROUP BY state, kind", {}
    )
