"""The reader of the log: what was asked for while the last queries ran is read in one query."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from commands.append import CellAt, Streams
from domain.capacity import Cell
from domain.root import Event
from infrastructure.database import fetch
from infrastructure.event_codec import decode
from infrastructure.grouped import Grouped
from infrastructure.known_streams import KnownStreams
from infrastructure.pg_arrays import Bigints, Uuids

QUERIES_AT_ONCE: Final = 2
# Of states as stored, which are ten thousand ordinary events; decoded they take some times as much.
BYTES_KEPT_MAX: Final = 4_000_000

# Events first, then cells; the clock and the head of the log stand in every row, and there is always one. Of a stream
# only what comes behind the version known here is asked for, in the log and in its archive.
_READ: Final = """
    SELECT (SELECT ops.business_now()), (SELECT coalesce(max(notification_id), 0) FROM log.events),
           behind.id, behind.version, behind.topic, behind.state, NULL::timestamptz, NULL::timestamptz, NULL::integer
      FROM (SELECT) AS one LEFT JOIN (
            SELECT e.originator_id, e.originator_version, e.topic, e.state
              FROM unnest(%(streams)b::uuid[], %(known)b::bigint[]) AS asked(stream_id, known)
              JOIN log.events AS e ON e.originator_id = asked.stream_id AND e.originator_version > asked.known
             UNION ALL
            SELECT e.id, e.version, e.topic, e.state
              FROM unnest(%(streams)b::uuid[], %(known)b::bigint[]) AS asked(stream_id, known)
              JOIN log.archived USING (stream_id) JOIN log.archive AS b USING (block_id),
                   unnest(b.streams, b.versions, b.topics, b.states) AS e(id, version, topic, state)
             WHERE e.id = asked.stream_id AND e.version > asked.known
           ) AS behind(id, version, topic, state) ON true
     UNION ALL
    SELECT NULL, NULL, c.listing_id, NULL, NULL, NULL, c.starts_at, c.ends_at, c.capacity
      FROM unnest(%(listings)b::uuid[], %(starts)b::timestamptz[]) AS asked(listing_id, starts_at)
      JOIN capacity.cell AS c ON (c.listing_id, c.starts_at) = (asked.listing_id, asked.starts_at)
     ORDER BY 2 NULLS LAST, 3, 4
"""


@dataclass(frozen=True, slots=True)
class _Asked:
    stream_ids: Sequence[UUID]
    cells: Sequence[CellAt]


class LogReader:
    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[TupleRow]]) -> None:
        self._pool = pool
        self._grouped = Grouped(self._read, queries=QUERIES_AT_ONCE)
        self._known = KnownStreams(BYTES_KEPT_MAX)

    async def read(self, stream_ids: Sequence[UUID], cells: Sequence[CellAt] = ()) -> Streams:
        return await self._grouped(_Asked(stream_ids, cells))

    async def _read(self, batch: Sequence[_Asked]) -> list[Streams]:
        streams = {stream_id: self._known.get(stream_id) for asked in batch for stream_id in asked.stream_ids}
        known = {stream_id: len(stream) for stream_id, stream in streams.items()}
        cells = list({(cell.listing_id, cell.starts_at) for asked in batch for cell in asked.cells})
        parameters = {
            "streams": Uuids.of(list(known)),
            "known": Bigints.of(list(known.values())),
            "listings": Uuids.of([at[0] for at in cells]),
            "starts": [at[1] for at in cells],
        }
        rows = await fetch(self._pool, _READ, parameters)
        now, head = rows[0][:2]
        newer: dict[UUID, list[tuple[Event, int]]] = {}
        found: dict[tuple[UUID, datetime], Cell] = {}
        for _, _, id_, version, topic, state, starts_at, ends_at, capacity in rows:
            if version is not None:
                newer.setdefault(id_, []).append((decode(id_, version, topic, state), len(state)))
            elif capacity is not None:
                found[id_, starts_at] = Cell(starts_at, ends_at, capacity)
        for stream_id, events in newer.items():
            self._known.extend(stream_id, streams[stream_id], events)
            known[stream_id] += len(events)
        # Cut where this query saw their ends: what answers one question is as it was at one moment.
        return [
            Streams(
                now,
                head,
                {stream_id: streams[stream_id][: known[stream_id]] for stream_id in asked.stream_ids},
                {at: _cell(found, at) for at in asked.cells},
            )
            for asked in batch
        ]


def _cell(found: Mapping[tuple[UUID, datetime], Cell], at: CellAt) -> Cell | None:
    cell = found.get((at.listing_id, at.starts_at))
    return cell if cell and at.ends_at in {None, cell.ends_at} else None
