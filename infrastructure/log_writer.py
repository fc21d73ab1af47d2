"""The writer of the log: takes the appends that wait, commits them as one batch, answers each by itself.

Group commit (ADR 0012): while one batch is being committed the next one gathers, so a batch is as large as the load
asks for, and a lonely append waits for nobody. One writer a process; processes take turns by the lock of the log.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec
import psycopg
from eventsourcing.persistence import StoredEvent
from psycopg import AsyncConnection
from psycopg.rows import TupleRow

from commands.append import (
    Answer,
    Append,
    Committed,
    IdempotencyMismatch,
    OutcomeUnknown,
    Overloaded,
    StaleFence,
    VersionConflict,
)
from domain.account import EmailTaken
from domain.capacity import ClaimLost, OpenedAlready, SoldOut
from infrastructure.event_codec import encode, encode_meta

WAITING_MAX: Final = 2_000
BATCH_APPENDS_MAX: Final = 256
BATCH_EVENTS_MAX: Final = 1_000

# The refusals of log.append (migrations/0003_append.sql).
_REFUSALS: Final[dict[str, type[Exception]]] = {
    "TV001": VersionConflict,
    "TV002": SoldOut,
    "TV003": ClaimLost,
    "TV004": OpenedAlready,
    "TV005": EmailTaken,
    "TV006": IdempotencyMismatch,
    "TV007": StaleFence,
}

_APPEND: Final = """
    SELECT refusal, head, status, body, version FROM log.append(
        %s::integer[], %s::uuid[], %s::bigint[], %s::text[], %s::bytea[],
        %s::text[], %s::jsonb[], %s::uuid[], %s::text[], %s::text[],
        %s::uuid[], %s::text[], %s::text[], %s::smallint[], %s::bytea[], %s::bigint[],
        %s::uuid[], %s::bigint[], %s::boolean[])
"""


@dataclass(slots=True)
class _Waiting:
    """An append, encoded, and whoever waits for its answer."""

    append: Append
    stored: list[StoredEvent]
    answered: asyncio.Future[Committed]

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

    async def commit(self, append: Append) -> Committed:
        """See commands/log.py. Raises Overloaded when too many wait, OutcomeUnknown when the connection was lost."""
        assert append.idempotency is None or append.answer is not None
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
            rows = await self._write(batch)
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
            for waiting, row in zip(batch, rows, strict=True):
                _answer(waiting, *row)

    async def _write(self, batch: Sequence[_Waiting]) -> list[TupleRow]:
        if self._connection is None or self._connection.closed:
            try:
                self._connection = await self._connect()
            except psycopg.OperationalError as error:
                raise _NotSent from error
        cursor = await self._connection.execute(_APPEND, _parameters(batch))
        return await cursor.fetchall()

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


class _NotSent(psycopg.OperationalError):
    """There was no connection, so nothing can have been written."""


def _answer(waiting: _Waiting, refusal: str | None, head: int, *answer: Any) -> None:
    if waiting.answered.done():
        return
    if refusal is None:
        waiting.answered.set_result(Committed(head))
    elif refusal == "known":
        waiting.answered.set_result(Committed(head, Answer(*answer)))
    else:
        waiting.answered.set_exception(_REFUSALS[refusal]())


def _fail(batch: Sequence[_Waiting], error: Exception) -> None:
    """Nobody hears of success; who was sent and not answered may have been written all the same."""
    unknown = isinstance(error, psycopg.OperationalError) and not isinstance(error, _NotSent)
    for waiting in batch:
        if not waiting.answered.done():
            waiting.answered.set_exception(OutcomeUnknown() if unknown else error)


def _parameters(batch: Sequence[_Waiting]) -> list[list[Any]]:
    """The arrays of log.append: five with an element for each event, the rest with one for each append."""
    events = [(n, event) for n, waiting in enumerate(batch, 1) for event in waiting.stored]
    appends = [waiting.append for waiting in batch]
    identities = [a.identity for a in appends]
    keys = [a.idempotency for a in appends]
    answers = [a.answer for a in appends]
    fences = [a.fence for a in appends]
    return [
        [n for n, _ in events],
        [event.originator_id for _, event in events],
        [event.originator_version for _, event in events],
        [event.topic for _, event in events],
        [event.state for _, event in events],
        [encode_meta(a.meta) for a in appends],
        [_capacity(a) for a in appends],
        [i and i.account_id for i in identities],
        [i and i.email_index for i in identities],
        [i and i.wrapped_key for i in identities],
        [k and k.scope for k in keys],
        [k and k.key for k in keys],
        [k and k.fingerprint for k in keys],
        [k and a and a.status for k, a in zip(keys, answers, strict=True)],
        [k and a and a.body for k, a in zip(keys, answers, strict=True)],
        [k and a and a.version for k, a in zip(keys, answers, strict=True)],
        [f and f.task_id for f in fences],
        [f and f.number for f in fences],
        [f and f.closes for f in fences],
    ]


def _capacity(append: Append) -> str | None:
    if not append.capacity:
        return None
    changes = [{"op": type(change).__name__, **msgspec.to_builtins(change)} for change in append.capacity]
    return msgspec.json.encode(changes).decode()
