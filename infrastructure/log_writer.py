"""The writer of the log: takes the appends that wait, commits them as one batch, answers each by itself.

Group commit (ADR 0012): while one batch is being committed the next one gathers, so a batch is as large as the load
asks for, and a lonely append waits for nobody. One writer a process; processes take turns by the lock of the log.
"""

import asyncio
import select
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from commands.append import (
    Append,
    Committed,
    OutcomeUnknown,
    Overloaded,
)
from infrastructure.event_codec import encode
from infrastructure.log_append import APPEND, REFUSALS, arrays_of

WAITING_MAX: Final = 2_000
BATCH_APPENDS_MAX: Final = 256
BATCH_EVENTS_MAX: Final = 1_000


@dataclass(slots=True)
class _Waiting:
    """An append, encoded, and whoever waits for its answer."""

    append: Append
    stored: list[StoredEvent]
    answered: asyncio.Future[Committed | None]

    @property
    def is_alone(self) -> bool:
        """Who is erased must not be in one batch with what needs them: neither would see the other."""
        return self.append.erasing is not None

    def claims(self) -> Iterator[Hashable]:
        """What no two appends of one batch may both touch."""
        yield from ((event.originator_id, event.originator_version) for event in self.stored)
        if self.append.idempotency is not None:
            yield self.append.idempotency.scope, self.append.idempotency.key
        if self.append.identity is not None:
            yield "e-mail", self.append.identity.email_index
        if self.append.fence is not None:
            yield "task", self.append.fence.task_id


class LogWriter:
    """Lives in one event loop. `connect` gives it a connection of its own; it asks anew when it has lost one."""

    def __init__(self, connect: Callable[[], Awaitable[AsyncConnection[TupleRow]]]) -> None:
        self._connect = connect
        self._connection: AsyncConnection[TupleRow] | None = None
        self._waiting: list[_Waiting] = []
        self._draining: asyncio.Task[None] | None = None

    async def commit(self, append: Append) -> Committed | None:
        """As commands/log.py has it, but None if the idempotency key was answered before.

        Raises Overloaded when too many wait, OutcomeUnknown when the connection was lost.
        """
        assert append.idempotency is None or append.answer is not None
        if len(self._waiting) >= WAITING_MAX:
            self._waiting = [waiting for waiting in self._waiting if not waiting.answered.cancelled()]
        if len(self._waiting) >= WAITING_MAX:
            raise Overloaded
        stored = [encode(event) for event in append.events]
        waiting = _Waiting(append, stored, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._draining is None:
            self._draining = asyncio.create_task(self._drain())
        return await waiting.answered

    async def close(self) -> None:
        """Commit what waits, then let the connection go."""
        if self._draining is not None:
            await self._draining
        await self._disconnect()

    async def _drain(self) -> None:
        try:
            while self._waiting:
                await self._commit(self._next_batch())
        finally:
            self._draining = None

    def _next_batch(self) -> list[_Waiting]:
        """As many as fit, in their order; one that would get in another's way waits for the next batch."""
        batch: list[_Waiting] = []
        left: list[_Waiting] = []
        claimed: set[Hashable] = set()
        events = 0
        for position, waiting in enumerate(self._waiting):
            full = len(batch) >= BATCH_APPENDS_MAX or (batch and events + len(waiting.stored) > BATCH_EVENTS_MAX)
            full = full or (batch and (waiting.is_alone or batch[-1].is_alone))
            if full:
                left.extend(self._waiting[position:])
                break
            if waiting.answered.cancelled():
                continue
            claims = set(waiting.claims())
            if claims & claimed:
                left.append(waiting)
                continue
            claimed |= claims
            events += len(waiting.stored)
            batch.append(waiting)
        self._waiting = left
        return batch

    async def _commit(self, batch: Sequence[_Waiting]) -> None:
        """Write a batch. One that PostgreSQL refuses as a whole is written one by one: only the guilty append fails."""
        if not batch:
            return
        try:
            head, refused = await self._write(batch)
        except psycopg.OperationalError as error:
            await self._disconnect()
            _fail(batch, error)
        except Exception as error:  # noqa: BLE001 - whatever one append does wrong, the others must not wait for ever
            if len(batch) == 1:
                _fail(batch, error)
            else:
                for waiting in batch:
                    await self._commit([waiting])
        else:
            for waiting, refusal in zip(batch, refused, strict=True):
                head += len(waiting.stored) if refusal is None else 0
                _answer(waiting, refusal, head)

    async def _write(self, batch: Sequence[_Waiting]) -> tuple[int, list[str | None]]:
        """The position before the batch, and what became of each append."""
        if self._connection is not None and _has_ended(self._connection):
            await self._disconnect()
        if self._connection is None:
            try:
                self._connection = await self._connect()
            except psycopg.OperationalError as error:
                raise _NotSent from error
        cursor = await self._connection.execute(
            APPEND, arrays_of([(waiting.append, waiting.stored) for waiting in batch])
        )
        row = await cursor.fetchone()
        assert row is not None
        return row[0], row[1]

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def _has_ended(connection: AsyncConnection[TupleRow]) -> bool:
    """Whether an idle connection is at its end: it has nothing to say but that. Then nothing is sent on it in vain."""
    return connection.closed or bool(select.select([connection.fileno()], [], [], 0)[0])


class _NotSent(psycopg.OperationalError):
    """There was no connection, so nothing can have been written."""


def _answer(waiting: _Waiting, refusal: str | None, position: int) -> None:
    if waiting.answered.done():
        return
    if refusal is None:
        waiting.answered.set_result(Committed(position))
    elif refusal == "known":
        waiting.answered.set_result(None)
    else:
        waiting.answered.set_exception(REFUSALS[refusal]())


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    """Nobody hears of success; who was sent and not answered may have been written all the same."""
    unknown = isinstance(error, psycopg.OperationalError) and not isinstance(error, _NotSent)
    for waiting in batch:
        if not waiting.answered.done():
            waiting.answered.set_exception(OutcomeUnknown() if unknown else error)
