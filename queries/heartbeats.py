"""Which processes have said lately that they are alive."""

from dataclasses import dataclass

from queries.rows import Connection, many


@dataclass(frozen=True, slots=True)
class Heartbeat:
    process: str
    age_seconds: float


async def heartbeats(connection: Connection) -> list[Heartbeat]:
    return await many(
        connection,
        Heartbeat,
        "SELECT process, extract(epoch FROM clock_timestamp() - seen_at)::float8 AS age_seconds FROM ops.heartbeat",
        {},
    )
