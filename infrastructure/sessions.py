"""Sessions: one per sign-in, ended by logout, or by a refresh token that comes back after it was used.

A refresh token is "<session id>.<random>"; only its hash is kept. Rotation is one compare-and-set, so of two that bring
the same token one gets the next and the other proves that it was copied (RFC 9700, 4.14.2).
"""

import hashlib
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from domain.actor import Role

IDLE_MAX: Final = "30 days"


class RefreshRefused(Exception):  # noqa: N818 -- not an error: the session is over
    """This refresh token is not good (any more)."""


@dataclass(frozen=True, slots=True)
class Opened:
    session_id: UUID
    account_id: UUID
    role: Role
    refresh_token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    id: UUID
    created_at: datetime
    used_at: datetime


class Sessions:
    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]]) -> None:
        self._pool = pool

    async def open(self, account_id: UUID, role: Role) -> Opened:
        session_id = uuid4()
        token = _new_token(session_id)
        async with self._pool.connection() as connection:
            await connection.execute(
                "INSERT INTO ops.session (session_id, account_id, role, refresh_hash) VALUES (%s, %s, %s, %s)",
                (session_id, account_id, role, _hash(token)),
            )
        return Opened(session_id, account_id, role, token)

    async def rotate(self, refresh_token: str) -> Opened:
        """The session with its next refresh token. Raises RefreshRefused; one that was used before ends the session."""
        session_id = _session_of(refresh_token)
        token = _new_token(session_id)
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "UPDATE ops.session SET refresh_hash = %s, used_at = clock_timestamp()"
                f" WHERE session_id = %s AND refresh_hash = %s AND ended_at IS NULL"
                f" AND used_at > clock_timestamp() - interval '{IDLE_MAX}'"
                " RETURNING account_id, role",
                (_hash(token), session_id, _hash(refresh_token)),
            )
            row = await cursor.fetchone()
            if row is None:
                await connection.execute(
                    "UPDATE ops.session SET ended_at = clock_timestamp() WHERE session_id = %s AND ended_at IS NULL",
                    (session_id,),
                )
                raise RefreshRefused
        return Opened(session_id, row[0], row[1], token)

    async def is_open(self, session_id: UUID) -> bool:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT 1 FROM ops.session WHERE session_id = %s AND ended_at IS NULL", (session_id,)
            )
            return await cursor.fetchone() is not None

    async def of(self, account_id: UUID) -> list[Session]:
        """The account's open sessions, newest first, at most 200."""
        async with self._pool.connection() as connection, connection.cursor(row_factory=class_row(Session)) as cursor:
            await cursor.execute(
                "SELECT session_id AS id, created_at, used_at FROM ops.session"
                " WHERE account_id = %s AND ended_at IS NULL ORDER BY created_at DESC, session_id LIMIT 200",
                (account_id,),
            )
            return await cursor.fetchall()

    async def end(self, session_id: UUID, account_id: UUID) -> bool:
        """False if this account has no such open session."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "UPDATE ops.session SET ended_at = clock_timestamp()"
                " WHERE session_id = %s AND account_id = %s AND ended_at IS NULL",
                (session_id, account_id),
            )
            return cursor.rowcount == 1


def _new_token(session_id: UUID) -> str:
    return f"{session_id}.{secrets.token_urlsafe(32)}"


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _session_of(refresh_token: str) -> UUID:
    try:
        return UUID(refresh_token.partition(".")[0])
    except ValueError:
        raise RefreshRefused from None
