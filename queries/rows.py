"""Rows as frozen dataclasses: the columns of a question carry the names of the fields."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import class_row

R = TypeVar("R")

Connection = AsyncConnection[Any]
ROWS_AT_ONCE: Final = 2_000


async def many(
    connection: Connection, kind: type[R], sql: str, parameters: Mapping[str, Any], *, plan_anew: bool = False
) -> list[R]:
    """`plan_anew`: what the parameters say makes another plan the best, so one made before must not be used again."""
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(sql.encode(), parameters, prepare=False if plan_anew else None)
        return await cursor.fetchall()


async def one(connection: Connection, kind: type[R], sql: str, parameters: Mapping[str, Any]) -> R | None:
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(sql.encode(), parameters)
        return await cursor.fetchone()


async def each(connection: Connection, kind: type[R], sql: str, parameters: Mapping[str, Any]) -> AsyncIterator[R]:
    """Row by row, in one snapshot: however many there are, only some of them are ever in memory."""
    async with connection.transaction(), connection.cursor(name="each", row_factory=class_row(kind)) as cursor:
        cursor.itersize = ROWS_AT_ONCE
        await cursor.execute(sql.encode(), parameters)
        async for row in cursor:
            yield row
