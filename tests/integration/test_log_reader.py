"""What a process knows of a stream is never behind the log, and what PostgreSQL is sent in binary is what was meant."""

import asyncio
import random
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.root import Event
from infrastructure.database import async_connect
from infrastructure.pg_arrays import Array, Bigints, Bytes, Integers, Texts, Uuids
from tests.integration.appends import LogOnTheBench, facts, log_on_the_bench


def test_two_processes_that_write_the_same_streams_read_them_alike(bench: LogOnTheBench, database_url: str) -> None:
    walk = random.Random(20261122)  # noqa: S311 - it must be the same again, not unpredictable
    streams: dict[UUID, tuple[Event, ...]] = {}
    with log_on_the_bench(database_url) as other:
        for _ in range(150):
            writer, reader = walk.sample((bench, other), 2)
            before = walk.choice(list(streams.values())) if streams and walk.random() < 0.7 else ()
            new = facts(walk.randint(1, 4), after=before)
            stream_id = new[0].originator_id
            streams[stream_id] = before + new
            assert writer.stream(stream_id) == list(before)
            writer.commit(*new)
            assert reader.stream(stream_id) == list(before + new)


UUIDS = [uuid4() for _ in range(3)]


@pytest.mark.parametrize(
    ("kind", "sql_type", "values"),
    [
        (Uuids, "uuid", UUIDS),
        (Bigints, "bigint", [1, -1, 2**63 - 1, -(2**63)]),
        (Integers, "integer", [0, 2**31 - 1, -(2**31)]),
        (Bytes, "bytea", [b"", b"\x00\xff", b"x" * 100_000]),
        (Texts, "text", ["", "Zürich 🏔", "NULL", '{"a": "b,c\\"}', "x" * 100_000]),
    ],
)
def test_an_array_arrives_as_it_was_sent(
    database_url: str, kind: type[Array], sql_type: str, values: Sequence[Any]
) -> None:
    async def sent(array: Array) -> list[Any]:
        connection = await async_connect(database_url, name="arrays")
        async with connection:
            cursor = await connection.execute(f"SELECT %b::{sql_type}[]".encode(), (array,))
            row = await cursor.fetchone()
        assert row is not None
        arrived: list[Any] = row[0]
        return arrived

    for shape in (values, [], [None], [None, *values, None]):
        assert asyncio.run(sent(kind.of(shape))) == list(shape)
