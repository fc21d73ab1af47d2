"""Rebuilds the bookings projection: ours, the library's runner, and one statement of pure SQL."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from uuid import uuid4

from psycopg import Connection
from psycopg.rows import TupleRow
from psycopg.sql import SQL, Identifier

from bench.journeys import EVENTS_A_BOOKING, fill
from bench.library_rebuild import LibraryRebuild
from bench.part import Part, rows_of
from bench.place import Place, superuser
from bench.pure_sql import fill_bookings
from bench.rounds import alternate, ratio, spread
from bench.scale import Scale
from infrastructure.event_log import head_of
from infrastructure.projector import Projector
from infrastructure.replay import ahead, batches
from infrastructure.table_copies import copy_tables, index_copies
from projections.bookings import BOOKINGS

Database = Connection[TupleRow]

OURS = "ours, decoded and checked"
RUNNER = "the library's ProjectionRunner"
STATEMENT = "one INSERT ... SELECT"


def measure(place: Place, scale: Scale) -> Part:
    events = scale.rebuild_bookings * EVENTS_A_BOOKING
    they = LibraryRebuild(place.empty("library"), scale.library_bookings)
    url = place.migrated("rebuild")
    with superuser(url) as reading, superuser(url) as connection:
        fill(connection, scale.rebuild_bookings)
        connection.execute("SET synchronous_commit = off")  # As infrastructure/rebuild.py does; for pure SQL as well.
        connection.execute("VACUUM ANALYZE log.events")
        _same_rows(reading, connection)
        contestants = {
            OURS: lambda: _events_per_s(connection, events, partial(_rebuild, reading, connection)),
            RUNNER: they.events_per_s,
            STATEMENT: lambda: _events_per_s(connection, events, partial(fill_bookings, connection)),
        }
        rates = alternate(contestants, scale.rounds)
    figures = {
        "rebuild_vs_library": ratio(rates[OURS], rates[RUNNER]).median,
        "rebuild_vs_sql": ratio(rates[OURS], rates[STATEMENT]).median,
        "rebuild_events_per_s": spread(rates[OURS]).median,
    }
    notes = (
        f"{events:,} events to {scale.rebuild_bookings:,} rows, into empty tables, which are indexed at the end.",
        f"The runner read {scale.library_bookings * EVENTS_A_BOOKING:,} events; its rate does not depend on how many.",
    )
    return Part("Rebuild", "events/s", rows_of(rates, OURS), figures, notes)


@contextmanager
def _empty_tables(connection: Database) -> Iterator[str]:
    """A schema with the tables of the projection, for as long as it is needed."""
    schema = f"bench_{uuid4().hex}"
    connection.execute(SQL("CREATE SCHEMA {}").format(Identifier(schema)))
    try:
        copy_tables(connection, BOOKINGS.tables, "read", schema)
        yield schema
    finally:
        connection.execute(SQL("DROP SCHEMA {} CASCADE").format(Identifier(schema)))


def _events_per_s(connection: Database, events: int, make: Callable[[str], object]) -> float:
    """From empty tables to filled and indexed ones."""
    with _empty_tables(connection) as schema:
        begun = time.perf_counter()
        make(schema)
        index_copies(connection, BOOKINGS.tables, "read", schema)
        return events / (time.perf_counter() - begun)


def _rebuild(reading: Database, writing: Database, schema: str) -> None:
    """One transaction a batch; the next batch is read and folded while the last one is written."""
    projector = Projector(writing, schema)
    for batch in ahead(batches(reading, BOOKINGS, 0, head_of(reading))):
        with writing.transaction():
            projector.write_folded(batch.tables)


def _same_rows(reading: Database, writing: Database) -> None:
    """Both ways make the same rows, or else the comparison is void."""
    with _empty_tables(writing) as one, _empty_tables(writing) as other:
        _rebuild(reading, writing, one)
        fill_bookings(writing, other)
        apart = writing.execute(
            SQL("SELECT count(*) FROM (TABLE {} EXCEPT ALL TABLE {}) AS apart").format(
                Identifier(one, "booking"), Identifier(other, "booking")
            )
        ).fetchone()
    assert apart == (0,), f"{apart} rows differ between the projection and pure SQL"
