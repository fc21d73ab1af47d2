"""Rows of a read model by their ids: those that are looked at in the same moment are read by one query."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from infrastructure.grouped import Grouped
from queries.positions import follower_position

T = TypeVar("T")
Pool = AsyncConnectionPool[AsyncConnection[Any]]
Rows = Callable[[AsyncConnection[Any], Sequence[UUID]], Awaitable[Mapping[UUID, T]]]


@dataclass(frozen=True, slots=True)
class Seen(Generic[T]):
    """A row as a read model has it, and how far the follower had read before it was asked."""

    position: int
    row: T | None


ById = Grouped[UUID, Seen[T]]


def by_id(pool: Pool, follower: str, rows: Rows[T]) -> ById[T]:
    """For everybody who asks; whether he may see the row is for him who asked to say."""

    async def ask(row_ids: Sequence[UUID]) -> list[Seen[T]]:
        async with pool.connection() as connection:
            position = await follower_position(connection, follower)
            found = await rows(connection, row_ids)
        return [Seen(position, found.get(row_id)) for row_id in row_ids]

    return Grouped(ask)
