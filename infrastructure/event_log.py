"""The event log in PostgreSQL: the adapter behind commands/log.py, and the reading that followers do."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from psycopg import AsyncConnection, Connection, errors
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from commands.append import (
    Answer,
    Append,
    Committed,
    Idempotency,
    IdempotencyMismatch,
    StaleFence,
    Streams,
    VersionConflict,
)
from domain.account import EmailTaken
from domain.capacity import Cell, ClaimLost, OpenedAlready, SoldOut
from infrastructure.event_codec import Recorded, decode, decode_meta, encode, encode_meta

# The refusals of log.append (migrations/0003_append.sql) by SQLSTATE.
_REFUSALS: dict[str, type[Exception]] = {
    "TV001": VersionConflict,
    "TV002": SoldOut,
    "TV003": ClaimLost,
    "TV004": OpenedAlready,
    "TV005": EmailTaken,
    "TV006": IdempotencyMismatch,
    "TV007": StaleFence,
}

_APPEND = """
    SELECT head, replayed, status, body, version FROM log.append(
        %s::uuid[], %s::bigint[], %s::text[], %s::bytea[], %s, %s::jsonb, %s, %s, %s,
        %s, %s, %s, %s::smallint, %s::bytea, %s::bigint, %s, %s, %s)
"""


class EventLog:
    """Commits appends whole, and reads streams. One per process, in the event loop that uses it."""

    def __init__(self, pool: AsyncConnectionPool[AsyncConnection[TupleRow]]) -> None:
        self._pool = pool

    async def read(self, stream_ids: Sequence[UUID]) -> Streams:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT ops.business_now(), (SELECT coalesce(max(notification_id), 0) FROM log.events),"
                "       originator_id, originator_version, topic, state"
                "  FROM (SELECT 1) AS one LEFT JOIN log.events ON originator_id = ANY(%s)"
                " ORDER BY originator_id, originator_version",
                (list(stream_ids),),
            )
            rows = await cursor.fetchall()
        streams = Streams(rows[0][0], rows[0][1], {stream_id: [] for stream_id in stream_ids})
        for _, _, stream_id, version, topic, state in rows:
            if stream_id is not None:
                streams.events[stream_id].append(decode(stream_id, version, topic, state))
        return streams

    async def cell(self, listing_id: UUID, starts_at: datetime, ends_at: datetime | None) -> Cell | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT starts_at, ends_at, capacity FROM capacity.cell"
                " WHERE listing_id = %s AND starts_at = %s AND ends_at = coalesce(%s, ends_at)",
                (listing_id, starts_at, ends_at),
            )
            row = await cursor.fetchone()
        return Cell(*row) if row else None

    async def known_answer(self, idempotency: Idempotency) -> Committed | None:
        async with self._pool.connection() as connection:
            cursor = await connection.execute(
                "SELECT position, fingerprint, status, body, version FROM log.idempotency"
                " WHERE scope = %s AND key = %s",
                (idempotency.scope, idempotency.key),
            )
            row = await cursor.fetchone()
        if row is None:
            return None
        position, fingerprint, status, body, version = row
        if fingerprint != idempotency.fingerprint:
            raise IdempotencyMismatch
        return Committed(position, Answer(status, body, version))

    async def commit(self, append: Append) -> Committed:
        stored = [encode(event) for event in append.events]
        identity, known, answer, fence = append.identity, append.idempotency, append.answer, append.fence
        assert known is None or answer is not None
        try:
            async with self._pool.connection() as connection:
                cursor = await connection.execute(
                    _APPEND,
                    (
                        [event.originator_id for event in stored],
                        [event.originator_version for event in stored],
                        [event.topic for event in stored],
                        [event.state for event in stored],
                        encode_meta(append.meta),
                        _capacity(append),
                        identity and identity.account_id,
                        identity and identity.email_index,
                        identity and identity.wrapped_key,
                        known and known.scope,
                        known and known.key,
                        known and known.fingerprint,
                        answer and answer.status,
                        answer and answer.body,
                        answer and answer.version,
                        fence and fence.task_id,
                        fence and fence.number,
                        fence and fence.closes,
                    ),
                )
                row = await cursor.fetchone()
        except errors.Error as error:
            refusal = _REFUSALS.get(error.sqlstate or "")
            if refusal is None:
                raise
            raise refusal from None
        assert row is not None
        position, replayed, status, body, version = row
        return Committed(position, Answer(status, body, version) if replayed else None)


def _capacity(append: Append) -> str:
    changes = [{"op": type(change).__name__, **msgspec.to_builtins(change)} for change in append.capacity]
    return msgspec.json.encode(changes).decode()


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
