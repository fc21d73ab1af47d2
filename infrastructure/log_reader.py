"""The reader of the log: streams asked for while the last query ran are read in one query."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from psycopg import AsyncConnection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from commands.append import Streams
from domain.root import Event
from infrastructure.database import fetch
from infrastructure.event_codec import decode

QUERIES_AT_ONCE: Final = 2
STREAMS_A_QUERY_MAX: Final = 500

_READ: Final = """
    SELECT ops.business_now(), (SELECT coalesce(max(notification_id), 0) FROM log.events),
           originator_id, originator_version, topic, state
      FROM (SELECT 1) AS one LEFT JOIN log.events ON originator_id = ANY(%s)
     ORDER BY originator_id, originator_version
"""


@dataclass(slots=True)
class _Asked:
    stream_ids: Sequence[UUID]
    answered: asyncio.Future[Streams]


class LogReader:
    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[TupleRow]]) -> None:
        self._pool = pool
        self._asked: list[_Asked] = []
        self._reading: set[asyncio.Task[None]] = set()

    async def read(self, stream_ids: Sequence[UUID]) -> Streams:
        asked = _Asked(stream_ids, asyncio.get_running_loop().create_future())
        self._asked.append(asked)
        if len(self._reading) < QUERIES_AT_ONCE:
            task = asyncio.create_task(self._drain())
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        return await asked.answered

    async def _drain(self) -> None:
        while self._asked:
            batch, self._asked = self._asked[:STREAMS_A_QUERY_MAX], self._asked[STREAMS_A_QUERY_MAX:]
            try:
                answers = await self._read(batch)
            except Exception as error:  # noqa: BLE001 - whatever it is, it is the answer to everybody who asked
                for asked in batch:
                    if not asked.answered.done():
                        asked.answered.set_exception(error)
            else:
                for asked, streams in zip(batch, answers, strict=True):
                    if not asked.answered.done():
                        asked.answered.set_result(streams)

    async def _read(self, batch: Sequence[_Asked]) -> list[Streams]:
        wanted = list({stream_id for asked in batch for stream_id in asked.stream_ids})
        rows = await fetch(self._pool, _READ, (wanted,))
        now, head = rows[0][:2]
        found: dict[UUID, list[TupleRow]] = {stream_id: [] for stream_id in wanted}
        for row in rows:
            if row[2] is not None:
                found[row[2]].append(row)
        return [Streams(now, head, {i: _events(found[i]) for i in asked.stream_ids}) for asked in batch]


def _events(rows: Sequence[TupleRow]) -> list[Event]:
    return [decode(stream_id, version, topic, state) for _, _, stream_id, version, topic, state in rows]
