"""Rebuilds a read model beside the live one, and switches to it when both stand at the same position (ADR 0013).

The new tables are filled in the schema `rebuild_<name>` and never get ahead of the live follower. Everything that was
done is committed with its position, so a rebuild that was killed goes on where it was.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import psycopg
from psycopg import Connection, sql
from psycopg.rows import TupleRow

from infrastructure.database import connect
from infrastructure.differences import TableDifference, Totals, difference, totals
from infrastructure.projector import Projector
from infrastructure.rebuild_tables import Candidate, begin, candidate_of, move, take_back
from infrastructure.replay import BATCH_MAX, ahead, batches, position_of
from infrastructure.table_copies import index_copies
from projections.catalogue import PROJECTIONS
from projections.change import Projection

Database = Connection[TupleRow]
Told = Callable[[str, int, int], None]  # What is being done, the position reached, the position to reach.

SWITCH_ATTEMPTS_MAX: Final = 50
PAUSE_S: Final = 0.2
# Below deadlock_timeout (1 s): in a deadlock with a reader of two tables it is always we who give up and try again.
TABLE_LOCK_MS: Final = 300
VACUUM_LOCK_MS: Final = 3_000


class RebuildRefused(Exception):  # noqa: N818 - a refusal, said in one line
    """This cannot be rebuilt; the message says why."""


class Differs(Exception):  # noqa: N818 - a finding, not a fault of the program
    """The new tables do not say what the live ones say."""

    def __init__(self, rows: Sequence[TableDifference], sums: Sequence[tuple[str, Totals, Totals]]) -> None:
        super().__init__("The rebuilt tables differ from the live ones; nothing was switched.")
        self.rows = rows
        self.sums = sums


@dataclass(frozen=True, slots=True)
class Switched:
    """A rebuild that is live now: at which position, and what it had to differ in (only if that was accepted)."""

    name: str
    position: int
    differences: tuple[TableDifference, ...]


def projection_named(name: str) -> Projection:
    """The read model of this name. Raises RebuildRefused for reactions and for names there are not."""
    if name == "react":
        raise RebuildRefused("react makes tasks, and a reaction must not fire again: it cannot be rebuilt.")
    if name not in PROJECTIONS:
        raise RebuildRefused(f"There is no read model {name!r}. There are: {', '.join(PROJECTIONS)}.")
    return PROJECTIONS[name]


def rebuild(url: str, projection: Projection, told: Told, *, accept: bool = False) -> Switched:
    """Fill, compare, switch. `url` is the owner's. Raises RebuildRefused, Differs, CannotReplay."""
    with _alone(url, projection.name) as database:
        at = candidate_of(database, projection.name)
        if at is not None and at.is_rollback:
            raise RebuildRefused(f"A rollback of {projection.name} is under way: finish it with --rollback.")
        begin(database, projection)
        _fill(url, database, projection, told)
        told("compare", 0, 0)
        found = _compared_row_by_row(database, projection)
        if found and not accept:
            raise Differs(found, ())
        return Switched(projection.name, _switch(database, projection, told, accept=accept), tuple(found))


def rollback(url: str, projection: Projection, told: Told) -> Switched:
    """Back to the tables that the last switch replaced, after they have caught up. Raises RebuildRefused."""
    with _alone(url, projection.name) as database:
        at = candidate_of(database, projection.name)
        if at is None or not at.is_rollback:
            why = take_back(database, projection, position_of(database, projection.name))
            if why is not None:
                raise RebuildRefused(why)
        _fill(url, database, projection, told)
        return Switched(projection.name, _switch(database, projection, told, accept=True), ())


@contextmanager
def _alone(url: str, name: str) -> Iterator[Database]:
    """The owner's connection, with the lock that only one rebuild of this name has."""
    with psycopg.connect(url, autocommit=True, application_name=f"travellr-rebuild-{name}") as database:
        # A killed client loses what it was told, never a part of a transaction: rows and position are one.
        database.execute("SET synchronous_commit = off")
        database.execute("SET lock_timeout = '5s'")
        try:
            database.execute("SELECT pg_advisory_lock(hashtext('travellr.rebuild'), hashtext(%s))", (name,))
        except psycopg.errors.LockNotAvailable:
            raise RebuildRefused(f"Another rebuild of {name} is running.") from None
        yield database


def _fill(url: str, database: Database, projection: Projection, told: Told) -> None:
    """Catch up with the live follower, make the indexes, and catch up again until it is near."""
    with connect(url, name=f"rebuild-read-{projection.name}") as reader:
        projector = Projector(database, Candidate.schema_of(projection.name))
        indexed = False
        while True:
            position = _candidate(database, projection).position
            upto = position_of(database, projection.name)
            told("fill", position, upto)
            for batch in ahead(batches(reader, projection, position, upto)):
                with database.transaction():
                    projector.write_folded(batch.tables)
                    _at(database, projection, batch.read_to)
                told("fill", batch.read_to, upto)
            if indexed and upto - position <= BATCH_MAX:
                return
            told("index", upto, upto)
            index_copies(database, projection.tables, "read", Candidate.schema_of(projection.name))
            indexed = True


def _catch_up(database: Database, projection: Projection, upto: int) -> None:
    """The rest, inside the transaction of the caller."""
    schema = Candidate.schema_of(projection.name)
    projector = Projector(database, schema)
    for batch in batches(database, projection, _candidate(database, projection).position, upto):
        projector.write_folded(batch.tables)
        _at(database, projection, batch.read_to)


def _compared_row_by_row(database: Database, projection: Projection) -> list[TableDifference]:
    """Both at the live position of one snapshot; the live follower goes on meanwhile."""
    schema = Candidate.schema_of(projection.name)
    with database.transaction():
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        _catch_up(database, projection, position_of(database, projection.name))
        found = [difference(database, table, "read", schema) for table in projection.tables]
    return [one for one in found if one.total]


def _switch(database: Database, projection: Projection, told: Told, *, accept: bool) -> int:
    """The position at which the new tables became the live ones. Raises Differs, RebuildRefused."""
    for _ in range(SWITCH_ATTEMPTS_MAX):
        told("switch", 0, 0)
        try:
            return _switched(database, projection, accept=accept)
        except psycopg.errors.LockNotAvailable:
            time.sleep(PAUSE_S)
    raise RebuildRefused(f"Long queries hold the tables of {projection.name}; nothing was switched. Try again.")


def _switched(database: Database, projection: Projection, *, accept: bool) -> int:
    """One transaction: stop the live follower at its checkpoint, fold the rest, compare, change places."""
    name, schema = projection.name, Candidate.schema_of(projection.name)
    with database.transaction():
        database.execute("INSERT INTO ops.follower (name) VALUES (%s) ON CONFLICT DO NOTHING", (name,))
        database.execute("SELECT FROM ops.follower WHERE name = %s FOR UPDATE", (name,))
        position = position_of(database, name)
        _catch_up(database, projection, position)
        sums = [(t, totals(database, "read", t), totals(database, schema, t)) for t in projection.tables]
        apart = [one for one in sums if one[1] != one[2]]
        if apart and not accept:
            raise Differs((), apart)
        _hold(database, projection)
        move(database, projection, position)
    return position


def _hold(database: Database, projection: Projection) -> None:
    """Nobody else may use the tables from now on; the wait is so short that readers in the queue do not mind."""
    live = [sql.Identifier("read", table) for table in projection.tables]
    new = [sql.Identifier(Candidate.schema_of(projection.name), table) for table in projection.tables]
    # VACUUM first, by a lock that readers do not notice: an automatic one gives way only after a second.
    for mode, timeout_ms in (("SHARE UPDATE EXCLUSIVE", VACUUM_LOCK_MS), ("ACCESS EXCLUSIVE", TABLE_LOCK_MS)):
        database.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(timeout_ms))
        database.execute(sql.SQL("LOCK TABLE {} IN {} MODE").format(sql.SQL(", ").join((*live, *new)), sql.SQL(mode)))


def _candidate(database: Database, projection: Projection) -> Candidate:
    found = candidate_of(database, projection.name)
    assert found is not None
    return found


def _at(database: Database, projection: Projection, position: int) -> None:
    database.execute("UPDATE ops.rebuild SET position = %s WHERE name = %s", (position, projection.name))
