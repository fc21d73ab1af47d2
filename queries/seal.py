"""The seal over the log: signed heads, the kept hashes that proofs are made of, and the last verification."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from queries.rows import Connection, many, one

# What a head is made of (infrastructure/audit/heads.py); whoever asks for one says as what.
HEAD_COLUMNS: Final = "number, kind, tree_size, root, chain, signed_at, kid, public_key, signature"
H = TypeVar("H")


@dataclass(frozen=True, slots=True)
class SealedEvent:
    position: int
    stream: bytes
    version: int
    topic: str
    recorded_at: datetime
    metadata: bytes
    state: bytes


@dataclass(frozen=True, slots=True)
class Verification:
    finished_at: datetime
    position: int
    seconds: float
    holds: bool


async def heads(connection: Connection, kind: type[H], before: int | None, limit: int) -> list[H]:
    """At most `limit`, the newest first, with smaller numbers than `before`."""
    return await many(
        connection,
        kind,
        f"SELECT {HEAD_COLUMNS} FROM seal.head WHERE %(before)s::bigint IS NULL OR number < %(before)s"
        " ORDER BY number DESC LIMIT %(limit)s",
        {"before": before, "limit": limit},
        plan_anew=True,
    )


async def newest_head(connection: Connection, kind: type[H]) -> H | None:
    return await one(connection, kind, f"SELECT {HEAD_COLUMNS} FROM seal.head ORDER BY number DESC LIMIT 1", {})


async def head_of_size(connection: Connection, kind: type[H], tree_size: int) -> H | None:
    return await one(
        connection,
        kind,
        f"SELECT {HEAD_COLUMNS} FROM seal.head WHERE tree_size = %(size)s ORDER BY number LIMIT 1",
        {"size": tree_size},
    )


async def sealed_position(connection: Connection) -> int:
    cursor = await connection.execute("SELECT coalesce(max(position), 0) FROM seal.checkpoint")
    row = await cursor.fetchone()
    assert row is not None
    return int(row[0])


async def kept_tiles(connection: Connection, question: str, wanted: dict[str, list[int]]) -> list[Sequence[Any]]:
    cursor = await connection.execute(question.encode(), wanted)
    return list(await cursor.fetchall())


async def sealed_events(connection: Connection, positions: Sequence[int]) -> dict[int, SealedEvent]:
    """Events as they are hashed, by their position."""
    rows = await many(
        connection,
        SealedEvent,
        "SELECT e.notification_id AS position, uuid_send(e.originator_id) AS stream, e.originator_version AS version,"
        " e.topic, e.recorded_at, json_send(e.metadata) AS metadata, e.state"
        "  FROM unnest(%(positions)s::bigint[]) AS wanted(position),"
        " LATERAL log.events_between(wanted.position - 1, wanted.position) AS e",
        {"positions": list(positions)},
    )
    return {row.position: row for row in rows}


async def last_verification(connection: Connection) -> Verification | None:
    return await one(
        connection,
        Verification,
        "SELECT finished_at, position, seconds, holds FROM seal.verification ORDER BY verification_id DESC LIMIT 1",
        {},
    )
