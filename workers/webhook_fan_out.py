"""Who is to be told of what happened: a follower that makes deliveries and their tasks in its checkpoint's transaction.

It keeps the endpoints itself, exact at its checkpoint, so that an event is told to those that were registered when it
happened and to nobody else. While no vendor has an endpoint, a batch of events costs one look at an empty table.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from psycopg import Connection
from psycopg.rows import TupleRow

from domain.ids import derived_id
from domain.root import Event
from domain.webhook_types import TYPE_OF
from infrastructure.projector import projector_of
from projections import webhook_endpoints
from projections.change import Change, Once, Projection
from workers.board import Rung

KIND: Final = "webhook_out"
SCHEMA: Final = "webhook"
# Not a table: what happened, on its way to those who want to hear of it.
_HAPPENED: Final = "happened"

_ANYBODY: Final = "SELECT EXISTS (SELECT FROM webhook.webhook_endpoint WHERE status = 'active')"
# Whose a booking, a payout or a dispute is stands in the first event of its stream.
_WHO_WANTS_IT: Final = """
    SELECT h.position, h.stream_id, h.version, h.type, w.endpoint_id
      FROM unnest(%s::bigint[], %s::uuid[], %s::bigint[], %s::text[]) AS h(position, stream_id, version, type)
      JOIN log.events_of(%s::uuid[]) AS f ON f.originator_id = h.stream_id AND f.originator_version = 1
      JOIN webhook.webhook_endpoint AS w ON w.vendor_id = (convert_from(f.state, 'UTF8')::jsonb->>'vendor_id')::uuid
     WHERE w.status = 'active' AND (w.types = '[]' OR w.types ? h.type)
     ORDER BY h.position
"""


def project(event: Event, position: int) -> Iterator[Change]:
    if type(event) in TYPE_OF:
        about = {"stream_id": event.originator_id, "version": event.originator_version, "type": TYPE_OF[type(event)]}
        yield Once(_HAPPENED, {"position": position}, about)
    else:
        yield from webhook_endpoints.project(event, position)


def write(connection: Connection[TupleRow], changes: Sequence[Change]) -> list[Change]:
    """In the order of the log, since who is told depends on who was there; the rows that were made."""
    made: list[Change] = []
    for table, run in groupby(changes, lambda change: change.table):
        if table == _HAPPENED:
            made += _told(connection, list(run))
        else:
            projector_of(connection, SCHEMA).write(run)
    return made


def _told(connection: Connection[TupleRow], happened: Sequence[Change]) -> list[Change]:
    anybody = connection.execute(_ANYBODY).fetchone()
    if anybody == (False,):
        return []
    news = [(h.key["position"], h.values) for h in happened if isinstance(h, Once)]
    positions = [position for position, _ in news]
    streams, versions, types = ([values[name] for _, values in news] for name in ("stream_id", "version", "type"))
    rows = connection.execute(_WHO_WANTS_IT, (positions, streams, versions, types, list(set(streams)))).fetchall()
    deliveries, tasks = [], []
    for position, stream_id, version, kind, endpoint_id in rows:
        delivery_id = derived_id("webhook", endpoint_id, position)
        about = {"position": position, "stream_id": stream_id, "version": version, "type": kind}
        deliveries.append(Once("delivery", {"delivery_id": delivery_id}, {"endpoint_id": endpoint_id, **about}))
        to_do = {"kind": KIND, "arguments": {"delivery_id": delivery_id}, "caused_by": position}
        tasks.append(Once("task", {"task_id": delivery_id}, to_do))
    projector_of(connection, SCHEMA).write(deliveries)
    projector_of(connection, "board").write(tasks)
    return [*deliveries, *tasks]


def rung(made: Sequence[Change]) -> Iterator[Rung]:
    """The tasks among what was made."""
    return (Rung(c.key["task_id"], c.values["kind"]) for c in made if isinstance(c, Once) and c.table == "task")


WEBHOOKS_OUT: Final = Projection(
    "webhooks_out", (*TYPE_OF, *webhook_endpoints.WEBHOOK_ENDPOINTS.events), project, ("webhook_endpoint",)
)
