"""The task board: what is to be done outside, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from queries.rows import Connection, many
from queries.scope import Page, behind


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
        "SELECT task_id AS id, kind, arguments, caused_by, state, due_at, attempts, last_error, created_at, done_at"
        " FROM board.task WHERE (%(state)s::text IS NULL OR state = %(state)s)" + behind("task_id"),
        {"state": state, **page.parameters()},
    )


async def task_counts(connection: Connection) -> list[TaskCount]:
    return await many(
        connection, TaskCount, "SELECT state, kind, count(*) AS tasks FROM board.task GROUP BY state, kind", {}
    )
