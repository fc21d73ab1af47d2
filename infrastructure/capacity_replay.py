"""Recomputes the capacity guard, claims and cells, from the log, and compares it with the live one."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from psycopg import Connection
from psycopg.rows import TupleRow

from domain.opening import Opening
from domain.root import Event
from infrastructure.cell_changes import CellChanges, read_cell_changes
from infrastructure.claim_replay import CLAIM_EVENTS, claims
from infrastructure.differences import TableDifference, difference
from infrastructure.event_log import head_of
from infrastructure.replay import SCRATCH, recompute
from projections.change import Change, Projection, Put


def project(event: Event, position: int, *, changes: CellChanges) -> Iterator[Change]:
    match event:
        case Opening.Opened() as e:
            for cell in e.cells:
                places = {"ends_at": cell.ends_at, **changes.applied(e.listing_id, cell, position)}
                yield Put("cell", {"listing_id": e.listing_id, "starts_at": cell.starts_at}, places)
        case _:
            yield from claims(event)


CAPACITY = Projection(
    "capacity",
    (Opening.Opened, *CLAIM_EVENTS),
    partial(project, changes=CellChanges()),
    ("cell", "claim"),
)

# A hold that ran out may have given its places to somebody else before its booking is told so.
_GIVEN_AWAY = """
    UPDATE pg_temp.claim AS c SET state = 'freed', expires_at = NULL, traveller_id = NULL
      FROM capacity.claim AS live
     WHERE live.booking_id = c.booking_id AND live.state = 'freed'
       AND c.state = 'held' AND c.expires_at <= ops.business_now()
"""

_TAKEN = """
    UPDATE pg_temp.cell AS c SET held = t.held, sold = t.sold
      FROM (SELECT listing_id, cell AS starts_at,
                   coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held,
                   coalesce(sum(quantity) FILTER (WHERE state = 'sold'), 0) AS sold
              FROM pg_temp.claim CROSS JOIN LATERAL capacity.cells_of(listing_id, starts_at, ends_at) AS cell
             WHERE state <> 'freed' GROUP BY 1, 2) AS t
     WHERE (c.listing_id, c.starts_at) = (t.listing_id, t.starts_at)
"""


def compare_capacity(connection: Connection[TupleRow]) -> list[TableDifference]:
    """What differs from the log. The guard is written with the log, so one snapshot shows both at one position."""
    with connection.transaction(force_rollback=True):
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        head = head_of(connection)
        changed = partial(project, changes=read_cell_changes(connection, head))
        recompute(connection, replace(CAPACITY, project=changed), "capacity", head)
        # What the log says may be oversold; then that is to be shown, not to be refused here.
        connection.execute("ALTER TABLE pg_temp.cell DROP CONSTRAINT never_oversold")
        connection.execute(_GIVEN_AWAY)
        connection.execute(_TAKEN)
        found = [difference(connection, table, "capacity", SCRATCH) for table in CAPACITY.tables]
    return [replace(one, table=f"capacity.{one.table}") for one in found if one.total]
