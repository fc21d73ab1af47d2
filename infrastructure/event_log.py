"""The event log in PostgreSQL: the adapter behind commands/log.py. What followers read is in log_tail.py."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from uuid import UUID

from psycopg import AsyncConnection, Connection
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from commands.append import Answer, Append, CellAt, Committed, Idempotency, IdempotencyMismatch, Streams
from infrastructure.database import KEPT_PLANS, async_connect, async_pool, fetch
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
        # Told of every append of this process before its caller is.
        self.told: Callable[[Append, int], None] = _nobody

    async def read(self, stream_ids: Sequence[UUID], cells: Sequence[CellAt] = ()) -> Streams:
        return await self._reader.read(stream_ids, cells)

    async def commit(self, append: Append) -> Committed:
        committed = await self._writer.commit(append)
        if committed is not None:
            self.told(append, committed.position)
            return committed
        assert append.idempotency is not None
        known = await self.known_answer(append.idempotency)
        assert known is not None
        return known

    async def close(self) -> None:
        """Commit what waits, then let the writer's connection go."""
        await self._writer.close()

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


def _nobody(_append: Append, _position: int) -> None:
    """Who wants to hear sets `told`."""


@asynccontextmanager
async def event_log(url: str, *, name: str, connections: int) -> AsyncIterator[EventLog]:
    """The log, with connections for reading and one for writing; what waits is written before it closes."""
    async with async_pool(url, name=f"{name}-log", most=connections, options=KEPT_PLANS) as pool:
        log = EventLog(pool, lambda: async_connect(url, name=f"{name}-writer"))
        try:
            yield log
        finally:
            await log.close()


def head_of(connection: Connection[TupleRow]) -> int:
    """The position of the newest event. Every event up to it is visible: positions are in the order of commits."""
    row = connection.execute("SELECT coalesce(max(notification_id), 0) FROM log.events").fetchone()
    assert row is not None
    position: int = row[0]
    return position
