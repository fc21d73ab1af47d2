"""The event log in PostgreSQL: the adapter behind commands/log.py, and the reading that followers do."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import AsyncConnection, Connection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from commands.append import Answer, Append, Committed, Idempotency, IdempotencyMismatch, Streams
from domain.capacity import Cell
from infrastructure.database import async_connect, async_pool, fetch
from infrastructure.event_codec import Recorded, decode, decode_meta
from infrastructure.log_reader import LogReader
from infrastructure.log_writer import LogWriter


class EventLog:
    """Commits appends whole, and reads streams. One per process, in the event loop that uses it."""

    def __init__(
        self,
        pool: AsyncConnectionPool[AsyncConnection[TupleRow]],
        connect: Callable[[], Awaitable[AsyncConnection[TupleRow]]],
    ) -> None:
        self._pool = pool
        self._reader = LogReader(pool)
        self._writer = LogWriter(connect)

    async def read(self, stream_ids: Sequence[UUID]) -> Streams:
        return await self._reader.read(stream_ids)

    async def commit(self, append: Append) -> Committed:
        committed = await self._writer.commit(append)
        if committed is not None:
            return committed
        assert append.idempotency is not None
        known = await self.known_answer(append.idempotency)
        assert known is not None
        return known

    async def close(self) -> None:
        """Commit what waits, then let the writer's connection go."""
        await self._writer.close()

    async def cell(self, listing_id: UUID, starts_at: datetime, ends_at: datetime | None) -> Cell | None:
        rows = await fetch(
            self._pool,
            "SELECT starts_at, ends_at, capacity FROM capacity.cell"
            " WHERE listing_id = %s AND starts_at = %s AND ends_at = coalesce(%s, ends_at)",
            (listing_id, starts_at, ends_at),
        )
        return Cell(*rows[0]) if rows else None

    async def known_answer(self, idempotency: Idempotency) -> Committed | None:
        rows = await fetch(
            self._pool,
            "SELECT position, fingerprint, status, body, version FROM log.idempotency WHERE scope = %s AND key = %s",
            (idempotency.scope, idempotency.key),
        )
        if not rows:
            return None
        position, fingerprint, status, body, version = rows[0]
        if fingerprint != idempotency.fingerprint:
            raise IdempotencyMismatch
        return Committed(position, Answer(status, body, version))


@asynccontextmanager
async def event_log(url: str, *, name: str, connections: int) -> AsyncIterator[EventLog]:
    """The log, with connections for reading and one for writing; what waits is written before it closes."""
    async with async_pool(url, name=f"{name}-log", most=connections) as pool:
        log = EventLog(pool, lambda: async_connect(url, name=f"{name}-writer"))
        try:
            yield log
        finally:
            await log.close()


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows after a checkpoint, not yet decoded, and the position up to which the log has been searched for them."""

    rows: list[TupleRow]
    read_to: int


def head_of(connection: Connection[TupleRow]) -> int:
    """The position of the newest event. Every event up to it is visible: positions are in the order of commits."""
    row = connection.execute("SELECT coalesce(max(notification_id), 0) FROM log.events").fetchone()
    assert row is not None
    position: int = row[0]
    return position


def read_after(connection: Connection[TupleRow], position: int, topics: Sequence[str], limit: int) -> Batch:
    """The next events of these topics after `position`, at most `limit`, in the order of the log. For followers."""
    head = head_of(connection)
    rows = connection.execute(
        "SELECT notification_id, originator_id, originator_version, topic, state, metadata::text, recorded_at"
        "  FROM log.events WHERE notification_id > %s AND notification_id <= %s AND topic = ANY(%s)"
        " ORDER BY notification_id LIMIT %s",
        (position, head, list(topics), limit),
    ).fetchall()
    return Batch(rows, rows[-1][0] if len(rows) == limit else head)


def recorded(row: TupleRow) -> Recorded:
    """A row of `read_after` as an event. Raises what decoding raises."""
    position, stream_id, version, topic, state, metadata, recorded_at = row
    return Recorded(position, decode(stream_id, version, topic, state), decode_meta(metadata), recorded_at)
