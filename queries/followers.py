"""The followers of the log: how far each has read, how old what it lacks is, and why one has stopped."""

from dataclasses import dataclass
from datetime import datetime

from queries.rows import Connection, many


@dataclass(frozen=True, slots=True)
class FollowerRow:
    name: str
    position: int
    head: int
    lag_seconds: float
    updated_at: datetime
    error: str | None
    error_position: int | None


async def followers(connection: Connection) -> list[FollowerRow]:
    """`lag_seconds` is the age of the oldest event that the follower has not applied; 0 when it is level."""
    return await many(
        connection,
        FollowerRow,
        """
        SELECT f.name, f.position, greatest(h.head, f.position) AS head, f.updated_at, f.error, f.error_position,
               coalesce(greatest(extract(epoch FROM clock_timestamp() - next.recorded_at), 0), 0)::float8
                   AS lag_seconds
          FROM ops.follower AS f
         CROSS JOIN (SELECT coalesce(max(notification_id), 0) AS head FROM log.events) AS h
          LEFT JOIN log.events AS next ON next.notification_id = f.position + 1
         ORDER BY f.name
        """,
        {},
    )
