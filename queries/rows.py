"""Rows as frozen dataclasses: the columns of a question carry the names of the fields."""

from collections.abc import Mapping
from typing import Any, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import class_row

R = TypeVar("R")

Connection = AsyncConnection[Any]


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
