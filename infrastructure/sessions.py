"""Sessions: one per sign-in, ended by logout, by its account's end, or by a refresh token that comes back too late.

Every refresh token is used once (RFC 9700, 4.14.2). One that comes back within `GRACE` may be a client whose answer was
lost, and is answered with the same next token; later it proves that it was copied, and the whole session ends.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from psycopg import AsyncConnection
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from domain.actor import Role
from infrastructure.grouped import Grouped
from infrastructure.keyring import Keyring
from infrastructure.refresh_tokens import Presented, is_proven, new_seed, refresh_token, taken_apart

IDLE_MAX: Final = "30 days"
GRACE: Final = "10 seconds"
_ATTEMPTS_MAX: Final = 3


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


@dataclass(frozen=True, slots=True)
class _Kept:
    account_id: UUID
    role: Role
    seed: bytes = field(repr=False)
    generation: int
    in_grace: bool


class Sessions:
    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[Any]], keys: Keyring) -> None:
        self._pool = pool
        self._keys = keys
        self._open = Grouped(self._open_among)

    async def open(self, account_id: UUID, role: Role) -> Opened:
        session_id, seed = uuid4(), new_seed()
        async with self._pool.connection() as connection:
            await connection.execute(
                "INSERT INTO ops.session (session_id, account_id, role, seed) VALUES (%s, %s, %s, %s)",
                (session_id, account_id, role, seed),
            )
        return Opened(session_id, account_id, role, refresh_token(self._keys, session_id, 1, seed))

    async def rotate(self, token: str) -> Opened:
        """The session with its next refresh token. Raises RefreshRefused; a copy of a used one ends the session."""
        presented = taken_apart(token)
        if presented is None:
            raise RefreshRefused
        for _ in range(_ATTEMPTS_MAX):
            async with self._pool.connection() as connection:
                kept = await _kept(connection, presented.session_id)
                if kept is None or not is_proven(self._keys, presented, kept.seed):
                    raise RefreshRefused
                if presented.generation == kept.generation - 1 and kept.in_grace:
                    return self._opened(presented, kept, kept.generation)
                if presented.generation != kept.generation:
                    await _end(connection, presented.session_id)
                    raise RefreshRefused
                if await _advance(connection, presented):
                    return self._opened(presented, kept, kept.generation + 1)
        raise RefreshRefused

    def _opened(self, presented: Presented, kept: _Kept, generation: int) -> Opened:
        token = refresh_token(self._keys, presented.session_id, generation, kept.seed)
        return Opened(presented.session_id, kept.account_id, kept.role, token)

    async def is_open(self, session_id: UUID) -> bool:
        """Looked up for every request, after it came: a session that was ended anywhere is over here too."""
        return await self._open(session_id)

    async def _open_among(self, session_ids: Sequence[UUID]) -> list[bool]:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT session_id FROM ops.session WHERE session_id = ANY(%b) AND ended_at IS NULL",
                (list(session_ids),),
            )
            found = {session_id for (session_id,) in await cursor.fetchall()}
        return [session_id in found for session_id in session_ids]

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

    async def end_all(self, account_id: UUID, *, but: UUID | None = None) -> int:
        """Every session of the account, `but` one that may stay; how many were ended."""
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "UPDATE ops.session SET ended_at = clock_timestamp()"
                " WHERE account_id = %s AND session_id IS DISTINCT FROM %s AND ended_at IS NULL",
                (account_id, but),
            )
            return cursor.rowcount


async def _kept(connection: AsyncConnection[Any], session_id: UUID) -> _Kept | None:
    async with connection.cursor(row_factory=class_row(_Kept)) as cursor:
        await cursor.execute(
            "SELECT account_id, role, seed, generation,"
            f" rotated_at > clock_timestamp() - interval '{GRACE}' AS in_grace FROM ops.session"
            f" WHERE session_id = %s AND ended_at IS NULL AND used_at > clock_timestamp() - interval '{IDLE_MAX}'",
            (session_id,),
        )
        return await cursor.fetchone()


async def _advance(connection: AsyncConnection[Any], presented: Presented) -> bool:
    """Compare and set: False if another request with the same token was faster."""
    cursor = await connection.execute(
        "UPDATE ops.session"
        " SET generation = generation + 1, used_at = clock_timestamp(), rotated_at = clock_timestamp()"
        " WHERE session_id = %s AND generation = %s AND ended_at IS NULL",
        (presented.session_id, presented.generation),
    )
    return cursor.rowcount == 1


async def _end(connection: AsyncConnection[Any], session_id: UUID) -> None:
    await connection.execute(
        "UPDATE ops.session SET ended_at = clock_timestamp() WHERE session_id = %s AND ended_at IS NULL", (session_id,)
    )
