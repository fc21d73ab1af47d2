"""Accounts as staff look for them: by id, role, status or whole address. Names are sealed: nobody is found by one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from queries.rows import Connection, many
from queries.scope import Page, behind

_COLUMNS = "account_id AS id, role, status, email_verified, second_factor, created_at, version"


@dataclass(frozen=True, slots=True)
class UserRow:
    id: UUID
    role: str
    status: str
    email_verified: bool
    second_factor: bool
    created_at: datetime
    version: int


async def users(
    connection: Connection, page: Page, *, ids: list[UUID] | None, role: str | None, status: str | None
) -> list[UserRow]:
    """Newest first; `ids` None means all."""
    return await many(
        connection,
        UserRow,
        f"SELECT {_COLUMNS} FROM read.account WHERE (%(ids)s::uuid[] IS NULL OR account_id = ANY(%(ids)s))"
        " AND (%(role)s::text IS NULL OR role = %(role)s) AND (%(status)s::text IS NULL OR status = %(status)s)"
        + behind("account_id"),
        {"ids": ids, "role": role, "status": status, **page.parameters()},
    )
