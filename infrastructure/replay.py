"""Recomputes read models from the log, in batches, and compares them with the live ones row by row."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar

import psycopg
from psycopg import Connection
from psycopg.rows import TupleRow

from infrastructure.differences import TableDifference, difference
from infrastructure.log_tail import changes_of, read_for
from infrastructure.projector import Folded, Projector, fold
from infrastructure.table_copies import copy_tables, drop_copies
from projections.change import Change, Projection

Item = TypeVar("Item")
BATCH_MAX: Final = 8_000
SCRATCH: Final = "pg_temp"


class CannotReplay(Exception):  # noqa: N818 - the event is the trouble, not the program
    """An event that cannot be projected, with its position and the reason."""


@dataclass(frozen=True, slots=True)
class Batch:
    """What the events up to `read_to` do to rows."""

    read_to: int
    tables: Folded


def batches(connection: Connection[TupleRow], projection: Projection, after: int, upto: int) -> Iterator[Batch]:
    """The log in `(after, upto]`, folded batch by batch. Raises CannotReplay."""
    position = after
    while position < upto:
        read = read_for(connection, projection, position, upto, BATCH_MAX)
        yield Batch(read.read_to, fold(_changes(projection, read.rows)))
        position = read.read_to


def _changes(projection: Projection, rows: list[TupleRow]) -> Iterator[Change]:
    for row in rows:
        try:
            yield from changes_of(projection, row)
        except Exception as error:
            raise CannotReplay(f"position {row[0]}: {type(error).__name__}: {error}") from error


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """The same items; the next one is made in a thread while the last one is used."""
    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(next, items, None)
            yield item


def compare(connection: Connection[TupleRow], projection: Projection) -> list[TableDifference]:
    """The tables of this projection that differ from what the log says up to the position of its follower.

    Position, rows and log are seen in one snapshot and recomputed into temporary tables, so nothing has to rest and
    nobody is disturbed. Raises CannotReplay. The connection must not be in a transaction.
    """
    found: list[TableDifference] = []
    with connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        recompute(connection, projection, "read", position_of(connection, projection.name))
        found = [difference(connection, table, "read", SCRATCH) for table in projection.tables]
    return [one for one in found if one.total]


def recompute(connection: Connection[TupleRow], projection: Projection, like: str, upto: int) -> None:
    """Temporary tables with what the log says up to a position. Inside a transaction that is rolled back."""
    drop_copies(connection, projection.tables, SCRATCH)
    copy_tables(connection, projection.tables, like, SCRATCH)
    projector = Projector(connection, SCRATCH)
    for batch in batches(connection, projection, 0, upto):
        projector.write_folded(batch.tables)
    for table in projection.tables:
        connection.execute(psycopg.sql.SQL("ANALYZE {}").format(psycopg.sql.Identifier(SCRATCH, table)))


def position_of(connection: Connection[TupleRow], name: str) -> int:
    """How far a follower has read; 0 if it has never run."""
    row = connection.execute("SELECT position FROM ops.follower WHERE name = %s", (name,)).fetchone()
    return row[0] if row else 0
