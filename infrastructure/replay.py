"""Rebuilds read models from the log into a schema of their own, and compares them with the live ones row by row."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from infrastructure.event_log import head_of, read_after, recorded
from infrastructure.projector import Projector
from projections.change import Projection

BATCH_MAX: Final = 2_000


@dataclass(frozen=True, slots=True)
class Difference:
    """How many rows of a table are only in the live one, and how many only in the rebuilt one."""

    table: str
    live_only: int
    rebuilt_only: int


@contextmanager
def scratch_schema(connection: Connection[TupleRow], tables: tuple[str, ...]) -> Iterator[str]:
    """Empty copies of read tables in a schema that is dropped afterwards. Needs the owner's connection."""
    schema = f"replay_{uuid4().hex}"
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(schema)))
    try:
        for table in tables:
            connection.execute(
                sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(
                    sql.Identifier(schema, table), sql.Identifier("read", table)
                )
            )
        yield schema
    finally:
        connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))


def rebuild(connection: Connection[TupleRow], projection: Projection, schema: str) -> int:
    """Fold the whole log into the tables of `schema`; the position reached."""
    head, position = head_of(connection), 0
    projector = Projector(connection, schema)
    while position < head:
        batch = read_after(connection, position, projection.topics, BATCH_MAX)
        events = [recorded(row) for row in batch.rows]
        with connection.transaction():
            projector.write(change for r in events for change in projection.project(r.event, r.position))
        position = batch.read_to
    return position


def compare(connection: Connection[TupleRow], projection: Projection) -> list[Difference]:
    """The tables of this projection that differ from what the log says. Its follower must have come to rest."""
    with scratch_schema(connection, projection.tables) as schema:
        rebuild(connection, projection, schema)
        found = [_difference(connection, table, schema) for table in projection.tables]
    return [difference for difference in found if difference.live_only or difference.rebuilt_only]


def _difference(connection: Connection[TupleRow], table: str, schema: str) -> Difference:
    counts = []
    for one, other in (("read", schema), (schema, "read")):
        row = connection.execute(
            sql.SQL("SELECT count(*) FROM (SELECT * FROM {} EXCEPT ALL SELECT * FROM {}) AS apart").format(
                sql.Identifier(one, table), sql.Identifier(other, table)
            )
        ).fetchone()
        assert row is not None
        counts.append(row[0])
    return Difference(table, counts[0], counts[1])
