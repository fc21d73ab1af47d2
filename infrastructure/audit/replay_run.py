"""Replays read models from the log beside the live ones, at a bounded rate, and certifies what came out (ADR 0027).

Rows and the position they stand at are one transaction, so a replay that was killed goes on where it was.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.types.json import Jsonb

from infrastructure.audit.replay_certificate import certify
from infrastructure.audit.replay_tables import KEPT_FOR_S, alone, drop_tables, make_tables, schema_of
from infrastructure.database import connect
from infrastructure.projector import Projector
from infrastructure.rebuild_tables import recipe_of
from infrastructure.replay import BATCH_MAX, CannotReplay, batches, position_of
from projections.catalogue import PROJECTIONS
from projections.change import Projection

Database = Connection[TupleRow]
Told = Callable[[str, int, int], None]  # Which read model, the position reached, the position to reach.

# It may be done again, so nothing of it need be durable at once; comparing a large table takes its time.
_OPTIONS: Final = "-c synchronous_commit=off -c statement_timeout=600000 -c idle_in_transaction_session_timeout=600000"


class ReplayTaken(Exception):  # noqa: N818 - not an error: somebody else does it
    """Another process is at this replay just now."""


class Paused(Exception):  # noqa: N818 - not an error: what is done stays done
    """The time for this turn is over; go on later."""


@dataclass(frozen=True, slots=True)
class _Order:
    replay_id: UUID
    upto: int | None
    keep: bool


@dataclass(slots=True)
class Pace:
    """At most so many positions of the log a second, until `ends_at` (monotonic; None: until it is done)."""

    events_per_s: int
    ends_at: float | None = None

    def spent(self, events: int, begun: float) -> None:
        """So many were read since `begun`: wait until they may have been. Raises Paused once the time is over."""
        time.sleep(max(0.0, begun + events / self.events_per_s - time.monotonic()))
        if self.ends_at is not None and time.monotonic() > self.ends_at:
            raise Paused


def replay_connection(url: str) -> Database:
    return connect(url, name="replay", options=_OPTIONS)


def advance(database: Database, replay_id: UUID, pace: Pace, told: Told = lambda *_: None) -> None:
    """Go on with a replay until it is finished or failed. Raises Paused; ReplayTaken if another process is at it."""
    with alone(database, replay_id) as ours:
        if not ours:
            raise ReplayTaken
        order = _begun(database, replay_id)
        if order is None:
            return
        try:
            for projection in _parts_left(database, replay_id):
                _fill(database, order, projection, pace, told)
                _certify(database, order, projection)
        except CannotReplay as error:
            _end(database, order, "failed", str(error))
        else:
            _end(database, order, "finished", None)


def _begun(database: Database, replay_id: UUID) -> _Order | None:
    """What is to be done; None if it is over. Another version of the code must begin anew: its rows may be others."""
    recipe = "/".join(recipe_of(database, projection) for projection in PROJECTIONS.values())
    with database.transaction():
        row = database.execute(
            "SELECT upto, keep, recipe FROM ops.replay WHERE replay_id = %s AND state IN ('waiting', 'running')"
            " FOR UPDATE",
            (replay_id,),
        ).fetchone()
        if row is None:
            return None
        if row[2] != recipe:
            drop_tables(database, replay_id)
            database.execute(
                "UPDATE ops.replay_part SET position = 0, seconds = 0, tables = NULL WHERE replay_id = %s", (replay_id,)
            )
        database.execute(
            "UPDATE ops.replay SET state = 'running', recipe = %s WHERE replay_id = %s", (recipe, replay_id)
        )
    return _Order(replay_id, row[0], row[1])


def _parts_left(database: Database, replay_id: UUID) -> list[Projection]:
    rows = database.execute(
        "SELECT projection FROM ops.replay_part WHERE replay_id = %s AND tables IS NULL ORDER BY number", (replay_id,)
    )
    return [PROJECTIONS[name] for (name,) in rows.fetchall()]


def _fill(database: Database, order: _Order, projection: Projection, pace: Pace, told: Told) -> None:
    """To its position, or near that of the live follower, which the comparison then reaches in its snapshot."""
    with database.transaction():
        make_tables(database, order.replay_id, projection)
    while True:
        position = _position(database, order, projection)
        upto = _target(database, order, projection)
        told(projection.name, position, upto)
        _replay(database, order, projection, position, upto, pace, told)
        if order.upto is not None or upto - position <= BATCH_MAX:
            return


def _replay(
    database: Database, order: _Order, projection: Projection, position: int, upto: int, pace: Pace | None, told: Told
) -> None:
    projector = Projector(database, schema_of(order.replay_id))
    begun = time.monotonic()
    for batch in batches(database, projection, position, upto):
        with database.transaction():
            projector.write_folded(batch.tables)
            database.execute(
                "UPDATE ops.replay_part SET position = %s, seconds = seconds + %s"
                " WHERE replay_id = %s AND projection = %s",
                (batch.read_to, time.monotonic() - begun, order.replay_id, projection.name),
            )
        told(projection.name, batch.read_to, upto)
        if pace is not None:
            pace.spent(batch.read_to - position, begun)
        position, begun = batch.read_to, time.monotonic()


def _certify(database: Database, order: _Order, projection: Projection) -> None:
    """In one snapshot, in which replayed and live tables stand at the same position if they are compared."""
    schema, begun = schema_of(order.replay_id), time.monotonic()
    with database.transaction():
        database.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        if order.upto is None:
            position = _position(database, order, projection)
            upto = position_of(database, projection.name)
            _replay(database, order, projection, position, upto, None, lambda *_: None)
        live = "read" if order.upto is None else None
        tables = [certify(database, schema, table, live=live).as_dict() for table in projection.tables]
        database.execute(
            "UPDATE ops.replay_part SET tables = %s, seconds = seconds + %s WHERE replay_id = %s AND projection = %s",
            (Jsonb(tables), time.monotonic() - begun, order.replay_id, projection.name),
        )


def _end(database: Database, order: _Order, state: str, error: str | None) -> None:
    """Its tables go at once, or an hour after it has finished if they are to be looked at."""
    keep = order.keep and state == "finished"
    with database.transaction():
        if not keep:
            drop_tables(database, order.replay_id)
        database.execute(
            "UPDATE ops.replay SET state = %s, error = %s, finished_at = clock_timestamp(),"
            " kept_until = CASE WHEN %s THEN clock_timestamp() + make_interval(secs => %s) END WHERE replay_id = %s",
            (state, error, keep, KEPT_FOR_S, order.replay_id),
        )
        if keep:
            database.execute(
                "INSERT INTO board.task (task_id, kind, arguments, due_at)"
                " SELECT gen_random_uuid(), 'drop_replays', '{}', kept_until FROM ops.replay WHERE replay_id = %s",
                (order.replay_id,),
            )


def _position(database: Database, order: _Order, projection: Projection) -> int:
    row = database.execute(
        "SELECT position FROM ops.replay_part WHERE replay_id = %s AND projection = %s",
        (order.replay_id, projection.name),
    ).fetchone()
    assert row is not None
    return int(row[0])


def _target(database: Database, order: _Order, projection: Projection) -> int:
    return position_of(database, projection.name) if order.upto is None else order.upto
