"""Where a replay keeps its rows: a schema of its own, dropped when nobody needs it any more."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import TupleRow

from infrastructure.table_copies import copy_tables
from projections.change import Projection

Database = Connection[TupleRow]
KEPT_FOR_S: Final = 3_600

# A replay lives while its task is to be done; one of the command line, which has none, while it has its lock, which it
# takes as soon as it has been ordered.
_DEAD: Final = """
    SELECT replay_id FROM ops.replay AS r
     WHERE state IN ('waiting', 'running') AND created_at < clock_timestamp() - interval '1 minute'
       AND NOT EXISTS (SELECT FROM board.task AS t WHERE t.task_id = r.replay_id AND t.state IN ('due', 'running'))
"""
_SCHEMAS: Final = "SELECT nspname::text FROM pg_namespace WHERE nspname ~ '^replay_[0-9a-f]{32}$'"
_NEEDED: Final = (
    "SELECT replay_id FROM ops.replay WHERE state IN ('waiting', 'running') OR kept_until > clock_timestamp()"
)


def schema_of(replay_id: UUID) -> str:
    return f"replay_{replay_id.hex}"


def make_tables(database: Database, replay_id: UUID, projection: Projection) -> None:
    """Empty tables, unless they are there. Inside the transaction that notes that nothing is in them yet."""
    database.execute("SELECT ops.make_replay_schema(%s)", (replay_id,))
    row = database.execute("SELECT to_regclass(%s)", (f"{schema_of(replay_id)}.{projection.tables[0]}",)).fetchone()
    if row is None or row[0] is None:
        copy_tables(database, projection.tables, "read", schema_of(replay_id))


def drop_tables(database: Database, replay_id: UUID) -> None:
    database.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema_of(replay_id))))


@contextmanager
def alone(database: Database, replay_id: UUID) -> Iterator[bool]:
    """Whether this replay is ours alone until this is left; the lock ends with the connection, too."""
    lock = "(hashtext('travellr.replay'), hashtext(%s))"
    row = database.execute(f"SELECT pg_try_advisory_lock{lock}".encode(), (str(replay_id),)).fetchone()
    ours = bool(row and row[0])
    try:
        yield ours
    finally:
        if ours:
            database.execute(f"SELECT pg_advisory_unlock{lock}".encode(), (str(replay_id),))


def clean_up(database: Database) -> None:
    """Give up replays whose process has gone for good, and drop every schema that is not kept any longer."""
    for (replay_id,) in database.execute(_DEAD).fetchall():
        with alone(database, replay_id) as ours:
            if ours:
                database.execute(
                    "UPDATE ops.replay SET state = 'failed', finished_at = clock_timestamp(),"
                    " error = 'it was broken off' WHERE replay_id = %s AND state IN ('waiting', 'running')",
                    (replay_id,),
                )
    # Schemas first: one that is made meanwhile is not in this list, and its replay would be in the second.
    made = [UUID(name.removeprefix("replay_")) for (name,) in database.execute(_SCHEMAS).fetchall()]
    needed = {replay_id for (replay_id,) in database.execute(_NEEDED).fetchall()}
    for replay_id in made:
        if replay_id not in needed:
            drop_tables(database, replay_id)
